import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelDetail } from '#core/contracts/deployment.ts'
import { baseOf, versionOf, versionsOf } from '#support/versions.ts'
import type { Child } from './kit/child.ts'
import type { BenchContext } from './kit/context.ts'
import { startEdge } from './kit/edge-process.ts'
import { atMost, type Bench, type Figure, figure, median, quantile } from './kit/figures.ts'
import type { TurnOrder, TurnSample, WindowSample } from './programs/swap-client.ts'
import { besideShadows, busy, challenger, type SwapParts } from './shadow-load.ts'

const [good, bad] = ['1.0.1', '1.0.2'] as const
const idle = { clients: 0, pauseMs: 0, rowsPerS: 0 }

interface Parts extends SwapParts {
  naive: Child
}

/** The way to another version and back: how long until it answers, and what the readings notice. */
export async function swap(context: BenchContext): Promise<Bench> {
  const { children, quick, mlp, folder } = context
  const base = await baseOf(readFileSync(mlp.package))
  base.manifest.operation.healthWindowS = 0
  const shadowed = await versionOf(base, {
    version: challenger,
    release: 9,
    // Its process is aborted again and again: the shadow must not end before the bench does.
    edit: ({ operation }) => {
      operation.crashLimit = 100
    },
  })
  const edge = await startEdge(children, { dataDir: folder('swap-edge') })
  const versions = [...(await versionsOf(base, 2)), shadowed]
  const files = versions.map(({ bytes, manifest }) => {
    const file = join(folder('model'), `${manifest.version}.ewp`)
    writeFileSync(file, bytes)
    return file
  })
  await edge.install(files[0]!)
  await edge.lanePid(mlp.id)
  await edge.install(files[1]!)
  const client = await children.program('swap-client')
  const input = base.manifest.inputs.tensors[0]!.name
  const naive = await children.program('naive-swap', { args: [mlp.onnx, mlp.sha256, input, mlp.output] })
  const parts = { edge, client, naive }

  const cycles = quick ? 10 : 100
  const quiet = await phase(parts, mlp.id, idle, cycles)
  const loaded = await phase(parts, mlp.id, busy, cycles)
  await edge.install(files[2]!)
  const shadows = await besideShadows(parts, mlp.id, quick)
  for (const child of [client, naive, edge]) await child.stop()
  return {
    name: 'swap',
    title: 'To another version and back',
    how: [
      `The MLP as two versions, swapped ${cycles} times each way in a runtime of its own. Under load: an NDJSON stream of 2,000 readings a second and ${busy.clients} clients (single readings and arrays of 5, each ${busy.pauseMs} ms after its last answer), every reading with its sender’s id; all of them must be answered, and by a model.`,
      'From outside: from sending the HTTP command to the first reading that the version in question has answered; where there is no load, one client asks without a rest. As answered: the runtime’s own `ms`.',
      'Naive, in a process of its own beside each swap: the lane is closed, the same file loaded in a new one, and one row answered, with no validation, journal or HTTP; and the same without a lane, a session made in a process that stays, which a crash of the model would take with it. This model is tiny: a larger one takes longer to load, and no longer to go back to.',
      'Gaps: the largest time between two answers while a command was under way, beside windows of 0.3 s without any.',
      'Shadow: the same load beside no shadow, one in good health, and one whose process is aborted (SIGABRT) twice a second, once it has answered.',
    ],
    figures: [...quiet.figures, ...loaded.figures, ...shadows],
  }
}

interface Cycle {
  there: TurnSample
  back: TurnSample
  quiet: WindowSample
  laneMs: number
  sessionMs: number
}

async function phase({ edge, client, naive }: Parts, model: string, load: typeof busy, cycles: number) {
  const { host, port, token } = edge
  const isBusy = load.clients > 0
  await client.ask('start', { target: { host, port, token, model }, load })
  const turn = (step: TurnOrder['step'], version: string) => {
    const body = step === 'rollback' ? {} : { version, mode: 'replace' }
    const order = { step, version, probe: !isBusy, body: { ...body, reason: 'a benchmark' } }
    return client.ask<TurnSample>('turn', order)
  }
  await sleep(1000)
  const all: Cycle[] = []
  // The first warms up.
  for (let k = 0; k <= cycles; k++) {
    const there = await turn('activate', bad)
    const laneMs = await naive.ask<number>('lane')
    const sessionMs = await naive.ask<number>('session')
    await sleep(100)
    const back = await turn('rollback', good)
    const quiet = await client.ask<WindowSample>('window', isBusy ? 300 : 50)
    if (k > 0) all.push({ there, back, quiet, laneMs, sessionMs })
  }
  await client.ask('stop')
  const { slots } = await edge.get<ModelDetail>(`/api/models/${model}`)
  if (slots.running?.version !== good) throw new Error(`${slots.running?.version} runs in the end`)
  return { figures: figuresOf(all, isBusy) }
}

function figuresOf(all: readonly Cycle[], isBusy: boolean): Figure[] {
  const when = isBusy ? 'under load' : 'idle'
  const of = (part: (cycle: Cycle) => number) => all.map(part)
  const [naive, session] = [of((c) => c.laneMs), of((c) => c.sessionMs)]
  const p = (samples: readonly number[], q: number) => [quantile(samples, q)]
  const rollback = (name: string, samples: readonly number[]): Figure[] => [
    figure(`${when}: rollback, ${name}, p50`, 'ms', p(samples, 0.5), {
      of: { name: 'a new lane', samples: p(naive, 0.5) },
    }),
    figure(`${when}: rollback, ${name}, p99`, 'ms', p(samples, 0.99), {
      goal: atMost(10, 'at most 10 ms'),
      note: `the longest of ${samples.length}: ${Math.max(...samples).toFixed(1)}`,
    }),
    figure('  beside a new lane', 'ms', p(samples, 0.99), {
      of: { name: 'a new lane', samples: p(naive, 0.99) },
    }),
  ]
  return [
    figure(`${when}: naive, a new lane, p50`, 'ms', p(naive, 0.5)),
    figure(`${when}: naive, a new lane, p99`, 'ms', p(naive, 0.99)),
    figure(`${when}: naive, a session in a process that stays, p50`, 'ms', p(session, 0.5)),
    ...rollback(
      'as answered',
      of((c) => c.back.ms),
    ),
    ...rollback(
      'from outside',
      of((c) => c.back.firstMs),
    ),
    figure(
      `${when}: activation with its qualification, as answered, p50`,
      'ms',
      p(
        of((c) => c.there.ms),
        0.5,
      ),
    ),
    ...(isBusy ? gaps(all) : []),
  ]
}

function gaps(all: readonly Cycle[]): Figure[] {
  const quiet = { name: 'no swap', samples: all.map((c) => c.quiet.gapMs) }
  return [
    figure('under load: largest gap between two answers, no swap', 'ms', quiet.samples),
    figure(
      '  while a version is activated',
      'ms',
      all.map((c) => c.there.gapMs),
      {
        of: quiet,
        note: `over ${median(all.map((c) => c.there.wholeMs)).toFixed(0)} ms`,
      },
    ),
    figure(
      '  while it is rolled back',
      'ms',
      all.map((c) => c.back.gapMs),
      {
        of: quiet,
        note: `over ${median(all.map((c) => c.back.wholeMs)).toFixed(0)} ms`,
      },
    ),
  ]
}
