import { createHash } from 'node:crypto'

/** Where a machine stands among all, in [0, 100): the same for one salt whatever other machines there are. */
export function placeOf(device: string, salt: string): number {
  const digest = createHash('sha256').update(`${salt}\n${device}`).digest()
  return (digest.readUIntBE(0, 6) / 2 ** 48) * 100
}

/** Whether it is among that share of all. Who is among 10 % is among 50 % too. */
export const isInShare = (device: string, percent: number, salt: string): boolean =>
  placeOf(device, salt) < percent
