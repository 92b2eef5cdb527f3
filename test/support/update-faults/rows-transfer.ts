import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import { assignmentPath, packagePath } from '#core/update/names.ts'
import { downloadLimits } from '#edge/update/download/download.ts'
import { httpLimits } from '#edge/update/sources/http-source.ts'
import { id } from './machine.ts'
import { accepted, type Row, refused, type Scene, vain } from './row.ts'

/** What the file at a path is; the package of the new version, or metadata of a role. */
const isPackage = (path: string) => /\/[0-9a-f]{64}\.machine-failure-1\.1\.\d+\.ewp$/.test(path)
const isRole = (role: string) => (path: string) => new RegExp(`/(\\d+\\.)?${role}\\.json$`).test(path)
const bytesAt = ({ site }: Scene, path: string) => readFileSync(join(site.dir, path))

type Answer = (response: ServerResponse, bytes: Buffer, request: IncomingMessage) => unknown

interface Instead {
  meant: (path: string) => boolean
  /** To the first requests, in order; all further ones get the file itself, or `further`. */
  answers?: Answer[]
  further?: Answer
}

/** Answers in the place of the repository's files. Gives what was asked for of those meant: the range, or `all`. */
function instead(scene: Scene, ...all: Instead[]): string[][] {
  const asked: string[][] = all.map(() => [])
  scene.server.instead = (path, request, response) => {
    const at = all.findIndex(({ meant }) => meant(path))
    if (at < 0) return false
    const { answers = [], further } = all[at]!
    const answer = answers[asked[at]!.push(request.headers.range ?? 'all') - 1] ?? further
    answer?.(response, bytesAt(scene, path), request)
    return answer !== undefined
  }
  return asked
}

/** Half of the file, and then the line breaks. */
const half: Answer = (response, bytes) => {
  response.writeHead(200, { 'content-length': bytes.length })
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.socket?.end())
}
/** A file that is shorter on the server. */
const short: Answer = (response, bytes) => response.end(bytes.subarray(0, bytes.length - 7))
const flipped: Answer = (response, bytes) => {
  bytes[bytes.length >> 1]! ^= 1
  response.end(bytes)
}
const endless: Answer = (response) => {
  const more = () => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
    if (!response.destroyed) response.once('drain', more)
  }
  response.writeHead(200)
  more()
}
/** Ten bytes, and then nothing. */
const drip: Answer = (response, bytes, { headers: { range } }) => {
  const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
  })
  response.write(bytes.subarray(from, from + 10))
}
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end()
const reset: Answer = (response) => response.socket?.resetAndDestroy()

/** The runtime of this process waits for less than it would; what it gives puts its limits back. */
function patience<T extends object>(limits: T, less: Partial<T>): () => void {
  const before = { ...limits }
  Object.assign(limits, less)
  return () => void Object.assign(limits, before)
}

const wrongBytes = vain(/are not those that were signed \(sha256 [0-9a-f]{64}\), twice$/, 'download.refused')

function resumed(): Row {
  let asked: string[][] = []
  return {
    row: 21,
    title: 'package and metadata break off: resumed, and read again',
    fault: (scene) => {
      const answers = [half]
      asked = instead(scene, { meant: isPackage, answers }, { meant: isRole('snapshot'), answers })
    },
    expected: accepted,
    // Of metadata nothing is kept: it is small, and is asked for again from its beginning.
    check: () =>
      expect(asked).toEqual([
        ['all', expect.stringMatching(/^bytes=[1-9]\d*-/)],
        ['all', 'all'],
      ]),
  }
}

function tried(): Row {
  let asked: string[][] = []
  return {
    row: 26,
    title: 'sporadic errors and 429: tried again',
    fault: (scene) => {
      const answers = [status(503), reset, status(429, { 'retry-after': '1' })]
      asked = instead(scene, { meant: isRole('timestamp'), answers }, { meant: isPackage, answers })
    },
    expected: { ...accepted, runs: true },
    check: () => expect(asked.map(({ length }) => length)).toEqual([4, 4]),
  }
}

const broken: Row[] = [
  resumed(),
  {
    row: 21,
    title: 'a package that is shorter on the server',
    fault: (scene) => void instead(scene, { meant: isPackage, further: short }),
    expected: { ...vain(/has \d+ bytes, and \d+ were signed$/, 'download.refused'), leaves: [/\.part$/] },
  },
  {
    row: 21,
    title: 'metadata that is shorter on the server',
    fault: (scene) => void instead(scene, { meant: isRole('snapshot'), further: short }),
    expected: refused(/^snapshot version \d+ is \d+ bytes long, and timestamp version \d+ says \d+$/),
  },
  {
    row: 22,
    title: 'a flipped byte in the package',
    fault: (scene) => void instead(scene, { meant: isPackage, further: flipped }),
    expected: wrongBytes,
  },
  {
    row: 22,
    title: 'a flipped byte in metadata',
    fault: async (scene) => {
      await scene.site.put('targets')
      instead(scene, { meant: isRole('targets'), further: flipped })
    },
    expected: refused(/^targets version \d+ is not the file that snapshot version \d+ names: its sha256 is /),
  },
  {
    row: 23,
    title: 'a package without end: stops at the signed length',
    fault: (scene) => void instead(scene, { meant: isPackage, further: endless }),
    expected: wrongBytes,
  },
  {
    row: 23,
    title: 'metadata without end: stops at its limit',
    fault: (scene) => void instead(scene, { meant: isRole('timestamp'), further: endless }),
    expected: refused(/^timestamp\.json is larger than the 16384 bytes allowed$/),
  },
]

const slow: Row[] = [
  {
    row: 24,
    title: 'a package that drips: its deadline ends it',
    fault: (scene) => {
      instead(scene, { meant: isPackage, further: drip })
      return patience(downloadLimits, { idleMs: 100, tries: 2 })
    },
    expected: {
      ...vain(/not one byte of .* came within 0\.1 s \(tried 2 times\)$/, 'download.refused'),
      leaves: [/\.part$/],
    },
  },
  {
    row: 24,
    title: 'metadata that drips: its deadline ends it',
    fault: (scene) => {
      instead(scene, { meant: isRole('timestamp'), further: drip })
      return patience(httpLimits, { metadataMs: 100, tries: 2 })
    },
    expected: refused(/timestamp\.json: no answer within 0\.1 s \(tried 2 times\)$/, {
      code: 'update-unreachable',
    }),
  },
  tried(),
]

const hugeBytes = 2 ** 50

const disk: Row[] = [
  {
    row: 27,
    title: 'a disk too small: refused before anything is asked for',
    fault: async ({ site }) => {
      await site.put('models-demo', {
        edit: ({ targets }) =>
          Object.assign(targets[packagePath('demo', id, '1.1.0')]!, { length: hugeBytes }),
      })
      await site.put('site-plant-1', {
        edit: ({ targets }) =>
          Object.assign(targets[assignmentPath('plant-1', null, id)]!, { length: hugeBytes }),
      })
    },
    expected: {
      ...vain(
        new RegExp(`^${hugeBytes} bytes are to come and \\d+ must stay free .*, but the disk has \\d+$`),
        'download.refused',
      ),
      leaves: [/\.part$/],
    },
    check: ({ server }) => expect(server.asked.filter(isPackage)).toEqual([]),
  },
  {
    row: 28,
    title: 'a disk that is full in the middle of a write: nothing half-done stays',
    needs: ['mount'],
    fault: (scene) => {
      const at = join(scene.dataDir, 'updates')
      const filler = join(at, 'filler')
      mkdirSync(at, { recursive: true })
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', at])
      const putBack = patience(downloadLimits, { reserveBytes: 0 })
      // There is room when it is looked; then something else takes it.
      scene.server.instead = (path) => {
        if (isPackage(path) && !existsSync(filler)) writeFileSync(filler, Buffer.alloc(400_000))
        return false
      }
      return () => {
        putBack()
        execFileSync('umount', [at])
      }
    },
    expected: { ...vain(/^the disk is full/, 'download.refused'), leaves: [/filler$/] },
  },
]

/** Rows 21 to 28 of UPDATES.md, but 25, which needs a runtime that can be killed. */
export const transfer: Row[] = [...broken, ...slow, ...disk]
