/** One of the things that are compared: runs for about `ms` and says how it went. */
export interface Arm<Sample> {
  name: string
  run: (ms: number) => Promise<Sample>
}

export interface Pace {
  repetitions: number
  ms: number
  warmUpMs: number
}

/** A B C, A B C, …: what the machine does meanwhile meets all of them alike. */
export async function interleave<Sample>(
  arms: readonly Arm<Sample>[],
  { repetitions, ms, warmUpMs }: Pace,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(arms.map(({ name }) => [name, []]))
  if (warmUpMs > 0) for (const { run } of arms) await run(warmUpMs)
  for (let i = 0; i < repetitions; i++)
    for (const { name, run } of arms) samples.get(name)!.push(await run(ms))
  return samples
}
