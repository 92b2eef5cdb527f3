/** Evidence at which one version counts as better: by Ville's inequality reached by chance with probability ≤ 1/20, however often one looks. */
export const decisiveEvidence = 20
export const fewestLabels = 30
export const fewestDays = 7

/** Sums are brought down by this power of two before they could leave the range of a double. */
const scaleBits = 512
const scale = 2 ** scaleBits

/**
 * Natural logarithm of the e-value for "more than half of the labels about which two versions disagree are won", after
 * `wins` and `losses` of them (whole numbers ≥ 0).
 *
 *   E = 2 ∫ from ½ to 1 of (2p)^W (2(1−p))^L dp = 2^(n+1) · B(W+1, L+1) · (1 − I_½(W+1, L+1)),  n = W + L
 *
 * is a mixture of likelihood ratios against p = ½ with a uniform prior on (½, 1): a test martingale where p = ½, a
 * supermartingale where p < ½, so P(E ever ≥ 20) ≤ 1/20 (Ville 1939; Shafer, JRSS A 184, 2021; Ramdas et al.,
 * Statistical Science 38, 2023). The factor at the end is P(Binomial(n+1, ½) ≤ W) (Abramowitz & Stegun 26.5.24), hence
 * E = Σ_{j=0..W} t_j with t_0 = 1/(L+1), t_{j+1} = t_j · (W−j)/(L+2+j): positive terms only, nothing cancels, and no
 * gamma function is needed.
 */
export function logEvidence(wins: number, losses: number): number {
  let term = 1 / (losses + 1)
  let sum = term
  let bits = 0
  for (let j = 0; j < wins; j++) {
    const ratio = (wins - j) / (losses + 2 + j)
    term *= ratio
    sum += term
    if (sum > scale) {
      term /= scale
      sum /= scale
      bits += scaleBits
    }
    // The ratios fall: what is left is less than a geometric series.
    if (ratio < 1 && term * ratio < Number.EPSILON * 0.25 * sum * (1 - ratio)) break
  }
  return Math.log(sum) + bits * Math.LN2
}

/** The e-value itself; at most the largest double, so that it can be written as JSON. */
export function evidence(wins: number, losses: number): number {
  return Math.min(Number.MAX_VALUE, Math.exp(logEvidence(wins, losses)))
}

export interface Labels {
  /** Labels of which only the challenger, only the champion was right. */
  wins: number
  losses: number
  /** All labels, those about which they agree included. */
  labels: number
  /** Since the comparison began. */
  days: number
}

export interface Judgement {
  state: 'promote' | 'keep' | 'undecided'
  /** For the challenger, and for the champion. */
  e: number
  eChampion: number
}

/**
 * Promotes the challenger, or keeps the champion, where the evidence for it is decisive and there are labels and days
 * enough. Never both: for whichever has won less, W ≤ L, (4p(1−p))^W (2(1−p))^(L−W) ≤ 1 wherever p ≥ ½, so E ≤ 1.
 */
export function judge({ wins, losses, labels, days }: Labels): Judgement {
  const e = evidence(wins, losses)
  const eChampion = evidence(losses, wins)
  const enough = labels >= fewestLabels && days >= fewestDays
  const state = !enough
    ? 'undecided'
    : e >= decisiveEvidence
      ? 'promote'
      : eChampion >= decisiveEvidence
        ? 'keep'
        : 'undecided'
  return { state, e, eChampion }
}
