/** Spellings that people write in column names, and the UCUM code they mean (ucum.org, case-sensitive). */
const ucum: Record<string, string> = {
  '%': '%',
  percent: '%',
  pct: '%',
  k: 'K',
  kelvin: 'K',
  '°c': 'Cel',
  c: 'Cel',
  degc: 'Cel',
  'deg c': 'Cel',
  celsius: 'Cel',
  '°f': '[degF]',
  degf: '[degF]',
  rpm: '{rev}/min',
  'rev/min': '{rev}/min',
  '1/min': '/min',
  bpm: '{beats}/min',
  hz: 'Hz',
  khz: 'kHz',
  nm: 'N.m',
  n·m: 'N.m',
  'n*m': 'N.m',
  n: 'N',
  kn: 'kN',
  pa: 'Pa',
  kpa: 'kPa',
  mpa: 'MPa',
  bar: 'bar',
  mbar: 'mbar',
  psi: '[psi]',
  mmhg: 'mm[Hg]',
  'mm hg': 'mm[Hg]',
  v: 'V',
  mv: 'mV',
  kv: 'kV',
  a: 'A',
  ma: 'mA',
  w: 'W',
  kw: 'kW',
  kwh: 'kW.h',
  wh: 'W.h',
  ohm: 'Ohm',
  s: 's',
  sec: 's',
  ms: 'ms',
  min: 'min',
  minutes: 'min',
  h: 'h',
  hours: 'h',
  d: 'd',
  days: 'd',
  years: 'a',
  yr: 'a',
  m: 'm',
  mm: 'mm',
  cm: 'cm',
  km: 'km',
  µm: 'um',
  um: 'um',
  'm/s': 'm/s',
  'mm/s': 'mm/s',
  'km/h': 'km/h',
  'm/s²': 'm/s2',
  'm/s2': 'm/s2',
  g: 'g',
  mg: 'mg',
  kg: 'kg',
  t: 't',
  l: 'L',
  ml: 'mL',
  'l/min': 'L/min',
  'm³/h': 'm3/h',
  'm3/h': 'm3/h',
  'mg/dl': 'mg/dL',
  'g/dl': 'g/dL',
  'mmol/l': 'mmol/L',
  'meq/l': 'meq/L',
  'u/l': 'U/L',
  'mcg/l': 'ug/L',
  deg: 'deg',
  '°': 'deg',
  rad: 'rad',
  db: 'dB',
  ppm: '[ppm]',
  lux: 'lx',
}

/** Where the letter's case decides ('mV' or 'MV', 'g' or 'G'), a spelling that is UCUM already stays as it is. */
const exact = new Set(Object.values(ucum))

/**
 * 'Torque [Nm]' → title 'Torque', unit 'N.m'. In square brackets a unit that is not known stays as it was written;
 * in round ones only a known unit counts, since remarks stand there too.
 */
export function titleAndUnit(name: string): { title: string; unit?: string } {
  const square = /^(.*\S)\s*\[([^[\]]+)\]\s*$/.exec(name)
  const round = /^(.*\S)\s*\(([^()]+)\)\s*$/.exec(name)
  const written = (square?.[2] ?? round?.[2])?.trim()
  const unit =
    written === undefined
      ? undefined
      : exact.has(written)
        ? written
        : Object.hasOwn(ucum, written.toLowerCase())
          ? ucum[written.toLowerCase()]
          : undefined
  if (square && written) return { title: readable(square[1]!), unit: unit ?? written }
  if (round && unit) return { title: readable(round[1]!), unit }
  return { title: readable(name) }
}

/** 'ejection_fraction' → 'Ejection fraction'; names that are more than one plain word stay as they are. */
function readable(name: string): string {
  const spaced = /^[a-z0-9]+(_[a-z0-9]+)*$/.test(name) ? name.replaceAll('_', ' ') : name
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}
