/**
 * A graph keeps nothing from run to run, but for one thing: an operator with a seed draws the next number at each run.
 * onnxruntime takes std::default_random_engine and std::uniform_real_distribution, which in libstdc++ (Linux) are
 * x ← 16807·x mod (2³¹ − 1) (Lewis, Goodman and Miller 1969) and (x − 1) / (2³¹ − 2).
 */
const multiplier = 16807
const modulus = 2 ** 31 - 1

/** The first `count` numbers that RandomUniform (0..1) with this seed gives, one a run. */
export function draws(seed: number, count: number): number[] {
  let x = seed % modulus || 1
  return Array.from({ length: count }, () => {
    x = (multiplier * x) % modulus
    return (x - 1) / (modulus - 1)
  })
}

/** Above this, one draw in `run` is; a seed whose first such draw is that of the run of this number (1 is the first). */
export function seedFor(run: number): { seed: number; above: number } {
  const above = 1 - 1 / (run + 1)
  // float32 draws: none so near to the limit that rounding decides.
  const isHere = (found: number[]) =>
    found.findIndex((x) => x > above) === run - 1 && found.every((x) => Math.abs(x - above) > 1e-6)
  for (let seed = 1; seed < 2 ** 23; seed++) if (isHere(draws(seed, run))) return { seed, above }
  throw new Error(`no seed gives its first large number at run ${run}`)
}
