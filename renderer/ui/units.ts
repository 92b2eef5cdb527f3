/** How units of UCUM read on a screen. What is not here is shown as it is given. */
const shown: Readonly<Record<string, string>> = {
  '/min': 'rpm',
  '{rev}/min': 'rpm',
  'N.m': 'Nm',
  Cel: '°C',
  '[degF]': '°F',
  um: 'µm',
  us: 'µs',
  uL: 'µL',
  'm/s2': 'm/s²',
  'mm/s2': 'mm/s²',
  m2: 'm²',
  m3: 'm³',
  'm3/h': 'm³/h',
  'mm[Hg]': 'mmHg',
  'cm[H2O]': 'cmH₂O',
  '10*3/uL': '10³/µL',
  '10*6/uL': '10⁶/µL',
  '10*9/L': '10⁹/L',
  'kg/m2': 'kg/m²',
  '[pH]': 'pH',
  deg: '°',
  Ohm: 'Ω',
}

/** Customary units within an expression. */
const customary: Readonly<Record<string, string>> = {
  degR: '°R',
  degF: '°F',
  psi: 'psi',
  lb_av: 'lb',
  in_i: 'in',
  ft_i: 'ft',
  gal_us: 'gal',
}

/** Annotations are words, in English; the ones that occur, in the other languages. */
const said: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  en: { cycle: 'cycles' },
  de: { cycle: 'Zyklen', cycles: 'Zyklen', count: 'Stück', part: 'Teile', parts: 'Teile' },
}

/** A UCUM code as people write it; `{annotations}` lose their braces. Empty for `1` and for none. */
export function displayUnit(ucum: string | undefined, language = 'en'): string {
  if (ucum === undefined || ucum === '1') return ''
  const annotation = /^\{([^{}]+)\}$/.exec(ucum)?.[1]
  if (annotation !== undefined) return said[language]?.[annotation] ?? annotation
  const known = ucum.replace(/\[(\w+)\]/g, (whole, name: string) => customary[name] ?? whole)
  return shown[ucum] ?? known.replace(/[{}]/g, '')
}
