import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startEmbedded } from '#central/store/embedded.ts'
import { type BenchContext, paceOf } from './kit/context.ts'
import { atMost, type Bench, figure, median, quantile } from './kit/figures.ts'
import { getRequest, postRequests } from './kit/http.ts'
import { type Arm, interleave } from './kit/interleave.ts'
import type { LoadSample } from './programs/load.ts'

const machines = 10_000
const sending = 1_000

const arms = {
  bare: 'plain Fastify, one UPDATE of one row',
  beat: 'heartbeat',
  report: 'heartbeat with a report',
  token: 'access token (an Ed25519 assertion, used once)',
} as const
type ArmName = keyof typeof arms

/** What machines ask of central whether or not anything happens, beside the least that a server with a database does. */
export async function centralIdentity({ children, quick, folder }: BenchContext): Promise<Bench> {
  const dir = folder('central-identity')
  mkdirSync(join(dir, 'db-home'), { recursive: true })
  const silent = { info: () => undefined, warn: () => undefined, error: console.error }
  const database = await startEmbedded(join(dir, 'db-home'), silent)
  try {
    const bare = await children.program('bare-update', { args: [database.url, String(sending)] })
    const central = await children.program('identity-server', { args: [join(dir, 'data'), database.url] })
    const to = central.ready as { host: string; port: number; token: string }
    await central.ask('seed', machines)
    const load = await children.program('load')
    const bodies = Array.from({ length: sending }, (_, n) =>
      JSON.stringify({ id: n + 1, epoch: randomUUID(), wallMs: Date.now() }),
    )
    const bareTo = { host: '127.0.0.1', port: bare.ready as number }
    const prepared = {
      bare: postRequests('/beat', bareTo, bodies),
      beat: await central.ask<Uint8Array[]>('beats', { count: sending, withReport: false }),
      report: await central.ask<Uint8Array[]>('beats', { count: sending, withReport: true }),
    }
    const arm = (name: ArmName, clients: number): Arm<LoadSample> => ({
      name: `${name} ${clients}`,
      run: async (ms) => {
        const { host, port } = name === 'bare' ? bareTo : to
        const requests =
          name === 'token' ? await central.ask<Uint8Array[]>('tokens', Math.ceil(ms * 6)) : prepared[name]
        return load.ask('run', { host, port, requests, clients, ms })
      },
    })
    const names = Object.keys(arms) as ArmName[]
    const pace = paceOf(quick, { repetitions: 5, ms: 700, warmUpMs: 300 })
    const samples = await interleave(
      [1, 32].flatMap((clients) => names.map((name) => arm(name, clients))),
      pace,
    )
    const views: Record<string, LoadSample[]> = {}
    for (const path of ['/api/fleet', '/api/devices?limit=100', '/api/devices?limit=100&problem=true'])
      views[path] = (
        await interleave(
          [
            {
              name: path,
              run: (ms) =>
                load.ask<LoadSample>('run', { ...to, requests: [getRequest(path, to)], clients: 1, ms }),
            },
          ],
          pace,
        )
      ).get(path)!
    const of = (name: ArmName, clients: number) => samples.get(`${name} ${clients}`)!
    const p50 = (of_: LoadSample[]) => of_.map(({ latenciesUs }) => quantile([...latenciesUs], 0.5) / 1000)
    for (const child of [load, central, bare]) await child.stop()
    const reference = { name: 'bare', samples: p50(of('bare', 1)) }
    const rates = (name: ArmName) => of(name, 32).map(({ rate }) => rate)
    const a2 = (machines * 2) / 60
    return {
      name: 'central-identity',
      title: 'Machines that ask central: tokens, heartbeats',
      how: [
        `PostgreSQL as central brings it, with its settings as they are (fsync on). ${machines} machines are enrolled; ${sending} of them send. Server, database and client share the cores.`,
        'The reference is plain Fastify and one UPDATE of a table of four columns, in a process of its own, on the same database. A heartbeat verifies an access token and writes a row of 31 columns; those that come while a statement runs share the next one, and no commit of theirs waits for the disk (the reference’s does, and a token’s).',
        `Needed for ${machines} machines: ${Math.round(machines / 60)} heartbeats a second, and ${Math.round(machines / 600)} tokens.`,
      ],
      figures: [
        ...names.map((name) =>
          figure(
            `p50, one client: ${arms[name]}`,
            'ms',
            p50(of(name, 1)),
            name === 'bare' ? {} : { of: reference },
          ),
        ),
        ...names.map((name) =>
          figure(`32 clients: ${arms[name]}`, 'requests/s', rates(name), {
            ...(name !== 'bare' && { of: { name: 'bare', samples: rates('bare') } }),
            ...(name === 'beat' && {
              goal: { text: `at least ${Math.round(a2)} a second`, reached: () => median(rates(name)) >= a2 },
            }),
          }),
        ),
        ...Object.entries(views).map(([path, got]) =>
          figure(`p50 at ${machines} machines: GET ${path}`, 'ms', p50(got), {
            goal: atMost(200, 'at most 200 ms'),
          }),
        ),
      ],
    }
  } finally {
    await database.close()
  }
}
