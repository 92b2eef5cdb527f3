import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { version } from '#edge/version.ts'
import { centralIdentity } from './central-identity.ts'
import { catchUp } from './fleet-catch-up.ts'
import { fleet } from './fleet-devices.ts'
import { drain } from './fleet-drain.ts'
import { journal } from './journal.ts'
import { Children } from './kit/child.ts'
import { type BenchContext, folderIn } from './kit/context.ts'
import type { Bench } from './kit/figures.ts'
import { describeMachine, describeSources } from './kit/machine.ts'
import { makeMlp } from './kit/model.ts'
import { watchOthers } from './kit/others.ts'
import { root } from './kit/root.ts'
import { markdown, table } from './kit/table.ts'
import { memory } from './memory.ts'
import { oip } from './oip.ts'
import { overhead } from './overhead.ts'
import { readingPath } from './reading-path.ts'
import { start } from './start.ts'
import { swap } from './swap.ts'
import { update } from './update.ts'

const benches: Record<string, (context: BenchContext) => Promise<Bench>> = {
  'reading-path': readingPath,
  oip,
  overhead,
  journal,
  start,
  memory,
  swap,
  update,
  'central-identity': centralIdentity,
  drain,
  'catch-up': catchUp,
  fleet,
}

const usage = `npm run bench -- [--quick] [--markdown] [--only NAME …]\nNames: ${Object.keys(benches).join(', ')}\n`

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      help: { type: 'boolean', default: false },
    },
  })
  const unknown = values.only?.find((name) => !(name in benches))
  if (unknown !== undefined) throw new TypeError(`there is no bench "${unknown}"`)
  return values
}

async function run({ quick, only, markdown: asMarkdown }: ReturnType<typeof options>): Promise<void> {
  const results = join(root, 'bench-results')
  const dir = join(results, `.work-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  const children = new Children()
  const cleanUp = async () => {
    await children.stopAll()
    rmSync(dir, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void cleanUp().then(() => process.exit(130)))
  try {
    const startedAt = new Date()
    const machine = await describeMachine(dir)
    const commit = describeSources()
    console.log(
      `Edgewright ${version}${commit === undefined ? '' : ` (${commit})`}, ${startedAt.toISOString()}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryMb} MB, ${machine.system}, Node ${machine.node}, onnxruntime ${machine.onnxruntime}, ${machine.fileSystem}, fsync of 4 KiB ${machine.syncUs} µs.`,
    )
    if (quick) console.log('Quick: enough to see that it works, not to compare.')
    console.log()
    const mlp = await makeMlp(join(dir, 'model'))
    const done: Bench[] = []
    for (const [name, bench] of Object.entries(benches)) {
      if (only && !only.includes(name)) continue
      const others = watchOthers()
      const measured = await bench({ children, quick, mlp, folder: folderIn(dir) })
      await children.stopAll()
      const othersCores = others()
      const result = { ...measured, ...(othersCores !== undefined && { othersCores }) }
      done.push(result)
      console.log(asMarkdown ? markdown(result) : table(result))
    }
    const seconds = Math.round((Date.now() - startedAt.getTime()) / 1000)
    const file = join(results, `${startedAt.toISOString().replaceAll(':', '-').slice(0, 19)}.json`)
    const written = {
      at: startedAt.toISOString(),
      version,
      ...(commit !== undefined && { commit }),
      seconds,
      quick,
      machine,
      benches: done,
    }
    writeFileSync(file, `${JSON.stringify(written, null, 1)}\n`)
    console.log(`${seconds} s. Written to ${file}`)
  } finally {
    await cleanUp()
  }
}

try {
  const chosen = options()
  if (chosen.help) console.log(usage)
  else await run(chosen)
} catch (error) {
  if (error instanceof TypeError && !(error.stack ?? '').includes('kit/')) {
    console.error(`${error.message}\n${usage}`)
    process.exitCode = 2
  } else throw error
}
