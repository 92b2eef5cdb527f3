import { describe, expect, it } from 'vitest'
import type { Provider } from '#core/contracts/hardware.ts'
import { chooseProvider, type Outcome } from '#edge/hardware/choose-provider.ts'

type Short = Partial<Omit<Outcome, 'latency'>> & { oneMs?: number; batchMs?: number }

/** A provider that answers rightly, runs all nodes itself and takes as long for a batch as for a row, if not told otherwise. */
function trial(provider: Provider, { oneMs = 1, batchMs = oneMs, ...rest }: Short = {}): Outcome {
  const measured = rest.outcome === undefined || rest.outcome === 'measured'
  return {
    provider,
    device: provider,
    golden: { passed: 8, of: 8 },
    largestDifference: 0,
    latency: measured ? { oneMs, batchRows: 16, batchMs, runs: 3 } : null,
    memoryMb: 100,
    loadMs: 10,
    nodes: provider === 'cpu' ? null : { [provider]: 10 },
    reason: `${provider} was tried.`,
    outcome: 'measured',
    ...rest,
  }
}

const cpu = (oneMs: number, batchMs = oneMs) => trial('cpu', { oneMs, batchMs })

describe('choosing a provider', () => {
  it.each<{ of: Outcome[]; budgetMs?: number; results: string[]; reason: string }>([
    {
      of: [cpu(1)],
      results: ['chosen'],
      reason: 'Only the CPU can run it here: CPU chosen.',
    },
    {
      of: [cpu(1), trial('cuda', { outcome: 'absent' })],
      results: ['chosen', 'absent'],
      reason: 'Only the CPU can run it here: CPU chosen.',
    },
    {
      of: [cpu(1), trial('webgpu', { outcome: 'not-allowed' })],
      results: ['chosen', 'not-allowed'],
      reason: 'The package allows the CPU only: CPU chosen.',
    },
    {
      of: [cpu(0.01), trial('webgpu', { oneMs: 9 })],
      results: ['chosen', 'slower'],
      reason: 'WebGPU works here but is 900 times slower than the CPU: CPU chosen.',
    },
    {
      of: [cpu(30), trial('cuda', { oneMs: 12 })],
      results: ['slower', 'chosen'],
      reason: 'CUDA answers as the CPU does and is 2.5 times faster: CUDA chosen.',
    },
    // Slower for one row, and quicker for the batch that is in use.
    {
      of: [cpu(1, 64), trial('cuda', { oneMs: 2, batchMs: 4 })],
      results: ['slower', 'chosen'],
      reason: 'CUDA answers as the CPU does and is 16 times faster: CUDA chosen.',
    },
    // Less than a tenth is no reason to leave the CPU.
    {
      of: [cpu(1), trial('dml', { oneMs: 0.95 })],
      results: ['chosen', 'slower'],
      reason: 'DirectML works here and gains nothing over the CPU: CPU chosen.',
    },
    {
      of: [
        cpu(9),
        trial('cuda', {
          outcome: 'wrong',
          reason: 'CUDA answers differently than the CPU: 3 of 8 golden vectors agree.',
        }),
      ],
      results: ['chosen', 'wrong'],
      reason: 'CUDA answers differently than the CPU: 3 of 8 golden vectors agree: CPU chosen.',
    },
    {
      of: [
        cpu(9),
        trial('cuda', { outcome: 'failed', reason: 'CUDA failed: its process ended (SIGSEGV).' }),
        trial('webgpu', { oneMs: 3 }),
      ],
      results: ['slower', 'failed', 'chosen'],
      reason:
        'WebGPU answers as the CPU does and is 3.0 times faster; CUDA failed: its process ended (SIGSEGV): WebGPU chosen.',
    },
    // It loaded, and the CPU did the work: however quick, it is not proved.
    {
      of: [cpu(9), trial('webgpu', { oneMs: 1, nodes: { cpu: 4 } })],
      results: ['chosen', 'fell-back'],
      reason: 'WebGPU ran none of its 4 nodes: all of it fell back to the CPU: CPU chosen.',
    },
    {
      of: [cpu(9), trial('webgpu', { oneMs: 1, nodes: null })],
      results: ['chosen', 'fell-back'],
      reason: 'What ran on WebGPU could not be proved: CPU chosen.',
    },
    {
      of: [cpu(1), trial('webgpu', { oneMs: 3, nodes: { webgpu: 2, cpu: 6 } })],
      results: ['chosen', 'fell-back'],
      reason:
        'WebGPU works here, with 6 of 8 nodes on the CPU, but is 3.0 times slower than the CPU: CPU chosen.',
    },
    // Partly on the CPU and quicker all the same.
    {
      of: [cpu(10), trial('cuda', { oneMs: 1, nodes: { cuda: 5, cpu: 5 } })],
      results: ['slower', 'chosen'],
      reason: 'CUDA answers as the CPU does and is 10 times faster: CUDA chosen.',
    },
    // The quickest at the batch is too slow for one row.
    {
      of: [cpu(4, 40), trial('cuda', { oneMs: 20, batchMs: 20 })],
      budgetMs: 5,
      results: ['chosen', 'over-budget'],
      reason: 'CUDA takes 20 ms for a row where 5 ms are allowed: CPU chosen.',
    },
    {
      of: [cpu(40), trial('cuda', { oneMs: 4 })],
      budgetMs: 5,
      results: ['over-budget', 'chosen'],
      reason:
        'CUDA answers as the CPU does and is 10 times faster; the CPU takes 40 ms for a row where 5 ms are allowed: CUDA chosen.',
    },
    // Nobody is within it: the fastest is chosen, and it is said.
    {
      of: [cpu(40), trial('webgpu', { oneMs: 400 })],
      budgetMs: 5,
      results: ['chosen', 'slower'],
      reason:
        'WebGPU works here but is 10 times slower than the CPU: CPU chosen, though one row takes 40 ms and 5 ms are allowed.',
    },
    {
      of: [trial('cpu', { oneMs: 1, outcome: 'not-allowed' }), trial('cuda', { oneMs: 9 })],
      results: ['not-allowed', 'chosen'],
      reason: 'The package allows CUDA only: CUDA chosen.',
    },
  ])('$reason', ({ of, budgetMs, results, reason }) => {
    const choice = chooseProvider(of, budgetMs)
    expect(choice.trials.map(({ result }) => result)).toEqual(results)
    expect(choice.reason).toBe(reason)
    expect(choice.chosen).toBe(of[results.indexOf('chosen')]!.provider)
    expect(choice.trials.map(({ provider }) => provider)).toEqual(of.map(({ provider }) => provider))
  })

  it('is refused where nothing that the package allows can run here, and each is named', () => {
    const of = [
      trial('cpu', { outcome: 'not-allowed', reason: 'The package does not allow it.' }),
      trial('cuda', { outcome: 'absent', reason: 'There is no NVIDIA GPU.' }),
    ]
    expect(() => chooseProvider(of, undefined)).toThrow(
      'no provider that the package allows can run it on this machine: CPU: The package does not allow it.; CUDA: There is no NVIDIA GPU.',
    )
  })
})
