import { existsSync, linkSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { targetsFolder } from '#core/update/names.ts'
import { type BenchContext, paceOf } from './kit/context.ts'
import { atMost, type Bench, type Figure, figure } from './kit/figures.ts'
import { type Arm, interleave } from './kit/interleave.ts'
import { makeLargePackage } from './kit/large-package.ts'
import type { VerifyOrder, VerifySample } from './programs/verify.ts'

const arms = {
  hash: 'sha256 of the file, nothing else',
  copy: 'copied, and on the disk',
  fetch: 'fetched over HTTP, and on the disk',
  folder: 'brought from a folder: verified, and on the disk',
  http: 'brought over HTTP: verified, and on the disk',
  resume: 'brought from a folder, half of it here already',
  install: 'unpacked and looked at (readPackage)',
} as const
type ArmName = keyof typeof arms

/** What it takes to bring a large package here and to verify it, beside its bare parts. */
export async function update({ children, quick, mlp, folder }: BenchContext): Promise<Bench> {
  const dir = folder('update')
  const large = await makeLargePackage(dir, mlp, quick ? 50e6 : 500e6)
  const mb = Math.round(large.bytes / 1e6)
  const title = `Verifying a package of ${mb} MB`
  const how = [
    'The package (random weights beside a small model) is in the page cache, as is all that is compared: bytes read and written are counted by the system’s calls (/proc/PID/io), not by what reached the disk. All but the bare sha256 end with an fsync. Memory: how far the most that the process took lies above where it began.',
    'Over HTTP, a server of its own (node:http) shares the two cores. Unpacking: readPackage and the process that looks at the model; the lane, which hashes what it loads, comes after that.',
  ]
  if (!existsSync('/proc/self/io'))
    return {
      name: 'update',
      title,
      how: [...how, 'Not measured: this system has no /proc/PID/io.'],
      figures: [],
    }
  mkdirSync(join(dir, 'repository', targetsFolder), { recursive: true })
  linkSync(large.file, join(dir, 'repository', targetsFolder, basename(large.file)))
  const server = await children.program('file-server', { args: [large.file] })
  const url = `http://127.0.0.1:${server.ready}/`
  const program = await children.program('verify')
  const order: VerifyOrder = { ...large, url, repository: join(dir, 'repository'), work: join(dir, 'work') }
  const samples = await interleave(
    (Object.keys(arms) as ArmName[]).map(
      (name): Arm<VerifySample> => ({ name, run: () => program.ask(name, order) }),
    ),
    paceOf(quick, { repetitions: 3, ms: 0, warmUpMs: 1 }),
  )
  for (const child of [program, server]) await child.stop()
  return { name: 'update', title, how, figures: figuresOf(samples) }
}

function figuresOf(samples: Map<string, VerifySample[]>): Figure[] {
  const of = (arm: ArmName, what: keyof VerifySample) => samples.get(arm)!.map((sample) => sample[what])
  const beside = (arm: ArmName, reference: ArmName, name: string) =>
    figure(arms[arm], 'ms', of(arm, 'ms'), { of: { name, samples: of(reference, 'ms') } })
  const hashMs = of('hash', 'cpuMs')
  const cpu = (arm: ArmName, bare: ArmName, name: string) => {
    const samples = of(bare, 'cpuMs').map((bareMs, i) => bareMs + hashMs[i]!)
    return figure(`${arms[arm]}: processor`, 'ms', of(arm, 'cpuMs'), { of: { name, samples } })
  }
  const times = [
    figure(arms.hash, 'ms', of('hash', 'ms')),
    figure(arms.copy, 'ms', of('copy', 'ms')),
    figure(arms.fetch, 'ms', of('fetch', 'ms')),
    beside('folder', 'copy', 'the copy'),
    beside('http', 'fetch', 'the fetch'),
    beside('resume', 'copy', 'the copy'),
    beside('install', 'copy', 'the copy'),
    cpu('folder', 'copy', 'copy and sha256'),
    cpu('http', 'fetch', 'fetch and sha256'),
  ]
  const once = atMost(1.01, 'once')
  const moved = (['folder', 'http', 'resume', 'install'] as const).flatMap((arm) => [
    figure(`${arms[arm]}: read`, '× its bytes', of(arm, 'read'), arm === 'install' ? {} : { goal: once }),
    figure(`${arms[arm]}: written`, '× its bytes', of(arm, 'written')),
  ])
  const memory = (['copy', 'fetch', 'folder', 'http', 'install'] as const).map((arm) =>
    figure(`${arms[arm]}: memory`, 'MB', of(arm, 'grewMb')),
  )
  return [...times, ...moved, ...memory]
}
