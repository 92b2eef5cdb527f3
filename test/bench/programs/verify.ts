import { createReadStream } from 'node:fs'
import { copyFile, mkdir, open, readFile, rm, truncate } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hashFile } from '#edge/package/hash.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { download } from '#edge/update/download/download.ts'
import { folderSource } from '#edge/update/sources/folder-source.ts'
import { httpSource } from '#edge/update/sources/http-source.ts'
import { forgetPeak, peakMb, residentMb } from '#support/processes.ts'
import { serve } from '../kit/serve.ts'

/** Of one pass over the package. */
export interface VerifySample {
  ms: number
  /** Of this process, all its threads. */
  cpuMs: number
  /** By this process and those that it started: bytes read and written by system calls (proc(5), io), per byte of the package. */
  read: number
  written: number
  /** How far its memory rose above where it began, MB. */
  grewMb: number
}

/** Where things lie: the package, a repository that holds it, and a folder to work in. */
export interface VerifyOrder {
  file: string
  digest: string
  bytes: number
  repository: string
  url: string
  work: string
}

/** Of this process and of all that it started and that has ended: the kernel adds those up (wait4(2)). */
async function ioSoFar(): Promise<{ read: number; written: number }> {
  const text = await readFile('/proc/self/io', 'utf8')
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(text)![1])
  return { read: count('rchar'), written: count('wchar') }
}

async function measured(
  { bytes, work }: VerifyOrder,
  pass: () => Promise<unknown>,
  prepare?: () => Promise<unknown>,
): Promise<VerifySample> {
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  await prepare?.()
  forgetPeak(process.pid)
  const before = { io: await ioSoFar(), mb: residentMb(process.pid)! }
  const cpu = process.cpuUsage()
  const started = performance.now()
  await pass()
  const ms = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  const grewMb = peakMb(process.pid)! - before.mb
  const { read, written } = await ioSoFar()
  await rm(work, { recursive: true, force: true })
  return {
    ms,
    cpuMs: (user + system) / 1000,
    read: (read - before.io.read) / bytes,
    written: (written - before.io.written) / bytes,
    grewMb,
  }
}

/** As anyone would write a stream of bytes to the disk: no hash, fsync at the end. */
async function plainly(stream: AsyncIterable<Uint8Array>, to: string): Promise<void> {
  await using file = await open(to, 'w')
  for await (const chunk of stream) await file.write(chunk)
  await file.sync()
}

const target = ({ file, digest, bytes }: VerifyOrder) => ({
  file: basename(file),
  length: bytes,
  sha256: digest,
})
const into = ({ work }: VerifyOrder) => ({ dir: join(work, 'updates'), limits: { reserveBytes: 0 } })

serve({
  hash: (order: VerifyOrder) => measured(order, () => hashFile(order.file)),
  copy: (order: VerifyOrder) =>
    measured(order, () =>
      plainly(createReadStream(order.file, { highWaterMark: 1 << 18 }), join(order.work, 'copy')),
    ),
  fetch: (order: VerifyOrder) =>
    measured(order, async () => plainly((await fetch(order.url)).body!, join(order.work, 'copy'))),
  folder: (order: VerifyOrder) =>
    measured(order, () => download(folderSource(order.repository), target(order), into(order))),
  http: (order: VerifyOrder) =>
    measured(order, () => download(httpSource(order.url), target(order), into(order))),
  resume: (order: VerifyOrder) => {
    const part = join(order.work, 'updates', `${order.digest}.part`)
    const half = async () => {
      await mkdir(join(order.work, 'updates'))
      await copyFile(order.file, part)
      await truncate(part, Math.floor(order.bytes / 2))
    }
    const pass = () => download(folderSource(order.repository), target(order), into(order))
    return measured(order, pass, half)
  },
  install: (order: VerifyOrder) => measured(order, () => readPackage(order.file, order.work)),
})
