/** Two figures; never `0 %` of something that is not nothing, nor `100 %` of less than all. */
export function shareWords(share: number, number: (value: number, decimals?: number) => string): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.01) return `<\u00a0${number(0.01, 2)}\u00a0%`
  if (percent > 99.99 && percent < 100) return `>\u00a0${number(99.99, 2)}\u00a0%`
  return `${number(percent, decimalsOf(percent))}\u00a0%`
}

function decimalsOf(percent: number): number {
  if (percent === 0 || percent === 100) return 0
  if (percent < 1 || percent > 99.9) return 2
  return percent < 10 || percent > 99 ? 1 : 0
}
