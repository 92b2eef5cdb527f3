import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeDemoRepository } from '#cli/demo-fleet.ts'
import { centralKind, EdgeClient } from '#cli/edge-client.ts'
import { type Io, readToken } from '#cli/io.ts'
import type { DevicesPage } from '#core/contracts/fleet.ts'
import type { Retraining } from '#core/contracts/retraining.ts'
import type { RolloutDetail, RolloutPlanInput } from '#core/contracts/rollout.ts'
import { Machine } from './machine.ts'
import { type Programs, root } from './programs.ts'
import { quickPackage } from './quick-package.ts'

export interface StoryParts {
  io: Io
  dir: string
  /** 0: any free one. */
  port: number
  passphraseFile: string
  passphrase: string
  programs: Programs
  /** Something broke that the story does not tell of. */
  fail: (how: string) => void
  /** Somebody ended it. */
  over: AbortSignal
  /** One line of what happens. */
  tell: (text: string) => void
}

export interface Told {
  centralLink: string
  machines: Machine[]
}

const model = 'machine-failure'
const site = 'plant-1'
const names = ['Mill line 1', 'Mill line 2', 'Mill line 3'] as const
const patienceMs = 120_000

/** A day of a fleet in a minute. Everything goes through the doors that people and machines use. */
export async function tellStory(parts: StoryParts): Promise<Told> {
  const { io, dir, port, passphraseFile, passphrase, programs, tell } = parts
  const until = (what: string, holds: () => Promise<boolean>) => waitFor(what, holds, parts.over)
  const centralDir = join(dir, 'central')
  const repository = await makeDemoRepository(centralDir, { site, passphrase, now: Date.now })
  const first = await repository.publish(join(root, 'models', model, `${model}-1.0.0.ewp`))
  await repository.assign(model, first.version)
  const next = { version: '1.2.0', release: 3, healthWindowS: 5 }
  const source = join(root, 'models', model, '1.1.0', 'package')
  await repository.publish(await quickPackage(io, source, join(dir, 'next'), next))
  tell(
    `Signed: ${model} ${first.version}, assigned to ${site}; ${next.version}, for machines that a rollout names.`,
  )

  const startCentral = async (at: number) => {
    const args = ['central', '--data', centralDir, '--port', String(at)]
    return programs.start(args, { EDGEWRIGHT_KEY_PASSPHRASE_FILE: passphraseFile })
  }
  let program = await startCentral(port)
  const address = new URL(program.url)
  const central = new EdgeClient(program.url, readToken({ ...io, env: {} }, centralDir), centralKind)
  tell(`Central serves at ${program.url}.`)

  const machines = names.map((name, k) => new Machine({ ...parts, name, seed: k + 1 }))
  await Promise.all(machines.map((machine) => machine.start()))
  for (const machine of machines) {
    await letJoin(central, machine)
    tell(`${machine.name} joined with a code, showed its fingerprint, and was confirmed.`)
  }
  await Promise.all(
    machines.map((machine) =>
      until(
        `${machine.name} runs ${first.version}`,
        async () => (await machine.running())?.version === first.version,
      ),
    ),
  )
  for (const machine of machines) machine.runLine()
  tell(`All three fetched ${first.version}, verified it, put its golden vectors to it, and run it.`)

  const plan: RolloutPlanInput = {
    ...{ model, version: next.version, reason: 'the newer one knows overstrain better' },
    groups: [
      {
        name: 'first machine',
        choose: { devices: [(await machines[0]!.sync()).device ?? ''] },
        gate: { soakMin: 0.05, minimumN: 1 },
      },
      // Longer than the outage: what happens in it is heard of before the gate opens.
      { name: 'the rest', choose: {}, gate: { soakMin: 5, minimumN: 2 } },
    ],
  }
  const { id } = await central.json<RolloutDetail>('POST', '/api/rollouts', plan)
  tell(`Rollout of ${next.version} in two groups: one machine, then the rest once its gate has passed.`)
  await until('the first machine got it', () => got([machines[0]!], next.version))
  await until('the first group passed', async () => {
    const [canary] = (await rollout(central, id)).groups
    return canary?.state === 'passed'
  })
  tell(
    `${names[0]} runs ${next.version} past its health window, its self-test passed: the gate lets the rest begin.`,
  )
  await until('the rest got it', () => got(machines.slice(1), next.version))
  await until('the rest has succeeded', async () => {
    const [, rest] = (await rollout(central, id)).groups
    return rest?.counts.succeeded === machines.length - 1
  })
  tell(`The rest run ${next.version} as well. The gate goes on looking for a while, at all of them.`)

  await program.stop()
  tell('Outage: central is down. The machines go on deciding, and keep what they have to say.')
  let found = await firstAlert(machines)
  await until('the line raises an alert', async () => {
    found ??= await firstAlert(machines)
    return found !== undefined
  })
  const { machine, alert } = found!
  await machine.answer(alert, 'real-acted', 'tool changed')
  tell(`${machine.name}: somebody answers an alert: real, acted.`)
  const back = await machines[0]!.rollBack('spindle sounds different since the swap')
  const { waiting } = await machines[0]!.sync()
  tell(
    `${names[0]}: a technician goes back to ${back.to} in ${back.ms.toFixed(1)} ms, offline. ${waiting} items wait to be sent.`,
  )

  program = await startCentral(Number(address.port))
  tell('Central is back.')
  await until('what waited has arrived', async () => {
    const { items } = await central.json<DevicesPage>('GET', '/api/devices')
    return items.some(({ name, models }) => name === names[0] && models.some(({ held }) => held !== null))
  })
  const { items } = await central.json<DevicesPage>('GET', '/api/devices')
  const held = items.flatMap(({ name, models }) =>
    models.flatMap((one) => (one.held ? [{ name, ...one.held }] : [])),
  )
  for (const { name, version, reason, by } of held)
    tell(`Central sees: ${name} holds ${version} back: "${reason}" (${by}).`)
  await until(
    'the answer is in the review queue',
    async () => (await central.json<{ items: unknown[] }>('GET', '/api/feedback')).items.length > 0,
  )
  tell('Central sees: the answer, with the reading exactly as the model was given it.')
  await until('the rollout is over', async () => {
    const { state } = await rollout(central, id)
    return !['running', 'waiting-for-approvals'].includes(state.state)
  })
  const { state } = await rollout(central, id)
  tell(`The rollout is ${state.state}${'reason' in state ? `: ${state.reason}` : ''}.`)
  const wish = { model, reason: 'operators hear what the model does not' }
  const { owner } = await central.json<Retraining>('POST', '/api/retraining', wish)
  tell(`A retraining request is open. Its owner: ${owner.name ?? 'nobody yet'}.`)
  // Of its newest start: the links of an earlier one are spent.
  return { centralLink: program.link ?? program.url, machines }
}

const rollout = (central: EdgeClient, id: string | number) =>
  central.json<RolloutDetail>('GET', `/api/rollouts/${id}`)

async function letJoin(central: EdgeClient, machine: Machine): Promise<void> {
  const { code } = await central.json<{ code: string }>('POST', '/api/join-codes', { site })
  await machine.client.json('POST', '/api/enrol', { code })
  const { device } = await machine.sync()
  await central.json('POST', `/api/devices/${device}/confirm`, { fingerprint: device })
}

async function firstAlert(machines: Machine[]) {
  for (const machine of machines) {
    const [alert] = await machine.openAlerts()
    if (alert) return { machine, alert }
  }
  return undefined
}

/** Whether they run it. They would hear of it with their next heartbeat, a minute at most; here somebody presses "check now". */
async function got(machines: Machine[], version: string): Promise<boolean> {
  await Promise.all(machines.map((machine) => machine.checkForUpdates()))
  const running = await Promise.all(machines.map((machine) => machine.running()))
  return running.every((slot) => slot?.version === version)
}

/** Looks again and again; what never comes is an error that says what was waited for. */
async function waitFor(what: string, holds: () => Promise<boolean>, over: AbortSignal): Promise<void> {
  const endMs = Date.now() + patienceMs
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`The demo waited in vain for this: ${what}.`)
    await sleep(1_000, undefined, { signal: over })
  }
}
