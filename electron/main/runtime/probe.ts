import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { isLoopback, type RuntimeFacts } from '../decide/attach-or-start.ts'
import { answers, RuntimeClient } from './client.ts'

/** As the runtime writes it (edge/journal/lock.ts). */
const infoSchema = z.object({ pid: z.int(), address: z.string().optional() })

export interface Probe {
  facts: RuntimeFacts
  /** Only where the facts allow to attach. */
  client?: RuntimeClient
}

/** Looks at a data folder and at the port that a runtime of ours would take. */
export async function probe(dataDir: string, port: number): Promise<Probe> {
  const info = readInfo(dataDir)
  const address = info?.address !== undefined && isLoopback(info.address) ? info.address : undefined
  const answering = address !== undefined && (await answers(address))
  const facts: RuntimeFacts = {
    info,
    holderAlive: info !== undefined && isAlive(info.pid),
    answers: answering,
    token: 'untried',
    strangerAnswers: false,
  }
  if (!answering || address === undefined)
    return { facts: { ...facts, strangerAnswers: port !== 0 && (await answers(`http://127.0.0.1:${port}`)) } }
  const token = readToken(dataDir)
  if (typeof token !== 'string') return { facts: { ...facts, token: token.missing } }
  const client = new RuntimeClient(new URL(address).origin, token)
  const accepted = await client.accepted().catch(() => undefined)
  if (accepted === undefined) return { facts: { ...facts, answers: false } }
  return accepted
    ? { facts: { ...facts, token: 'accepted' }, client }
    : { facts: { ...facts, token: 'refused' } }
}

/** The secret of a data folder, owner-only. */
export function readToken(dataDir: string): string | { missing: 'absent' | 'unreadable' } {
  try {
    return readFileSync(join(dataDir, 'token'), 'utf8').trim()
  } catch (error) {
    return { missing: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'absent' : 'unreadable' }
  }
}

function readInfo(dataDir: string): z.infer<typeof infoSchema> | undefined {
  try {
    return infoSchema.parse(JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8')))
  } catch {
    return undefined // Absent or torn: the lock says the truth.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // It is there and somebody else's.
  }
}
