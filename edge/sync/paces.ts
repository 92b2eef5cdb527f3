/** Milliseconds; another set where a test is not to wait. */
export interface Paces {
  /** How often it is looked again where nobody tells of a change: of the time of day, and of the line. */
  poll: number
  /** How long the first row of a batch waits for others, by stream; random around it, so that a fleet does not send together. */
  linger: readonly number[]
  /** For one batch, and for telling of the epochs. */
  deadline: number
  /** After answers that took nothing. */
  again: { firstMs: number; mostMs: number }
  reaching?: { firstMs: number; mostMs: number }
  /** How often something urgent may ask for a try before its time. */
  nudge: number
}
export const paces: Paces = {
  poll: 500,
  linger: [0, 0, 5_000, 20_000, 60_000],
  deadline: 60_000,
  again: { firstMs: 1_000, mostMs: 60_000 },
  nudge: 5_000,
}
