import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EdgeClient } from '#cli/edge-client.ts'
import { seededRandom } from '#core/package/random.ts'
import { smallBase, versionsOf } from '../versions.ts'
import { BadLine, type Trouble, troubles } from './bad-line.ts'
import { type CentralHome, centralHome } from './central-home.ts'
import { type Comparison, compare, type Held, heldOf } from './compare.ts'
import { placeOf } from './ledger.ts'
import { FleetMachine } from './machine.ts'
import type { Program } from './program.ts'

/** What one cycle does beside the troubles of the line; with its share of all. */
const shares = {
  line: 44,
  'kill edge': 11,
  'kill central': 9,
  'kill both': 3,
  'kill database': 6,
  partition: 15,
  swap: 6,
  'copy edge': 1.5,
  'restore edge': 1.5,
  'back up central': 0.8,
  'restore central': 0.7,
  'full disk': 1.5,
}
export type Act = keyof typeof shares

export interface FleetOptions {
  seed: number
  /** Of a PostgreSQL that is there; absent: the embedded one. */
  serverUrl?: string
  machines?: number
  /** Acts that are left out. */
  without?: readonly Act[]
  /** Hears of what happens, in words. */
  tell?: (line: string) => void
}

export interface Verified {
  rows: number
  missing: string[]
  wrong: string[]
  gone: Comparison['gone']
  findings: Held['findings']
  /** Blocks that central has and the machine no longer. */
  over: number
  events: number
  /** Of these events. */
  kinds: ReadonlySet<string>
}

/** Machines and a central as processes of their own, a database, and a line on which everything goes wrong. */
export class Fleet {
  readonly line: BadLine
  readonly machines: FleetMachine[] = []
  readonly acts: Partial<Record<Act, number>> = {}
  home!: CentralHome
  readonly #dir = mkdtempSync(join(tmpdir(), 'edgewright-fleet-machines-'))
  readonly #options: FleetOptions
  /** For acts alone, so that a seed says which; for everything else, which comes as requests do. */
  readonly #drawAct: () => number
  readonly #draw: () => number
  #central: Program | undefined
  #isBad = false

  constructor(options: FleetOptions) {
    this.#options = options
    this.#drawAct = seededRandom(options.seed)
    this.#draw = seededRandom(~options.seed)
    this.line = new BadLine({ draw: this.#draw, trouble: () => this.#trouble() })
  }

  async start(): Promise<void> {
    await this.line.open()
    const { serverUrl, machines = 1 } = this.#options
    this.home = await centralHome({ publicUrl: this.line.url, ...(serverUrl !== undefined && { serverUrl }) })
    this.line.target = `http://127.0.0.1:${this.home.port}`
    const base = await smallBase()
    base.manifest.operation.healthWindowS = 0.2
    base.manifest.privacy = { default: 'raw', asset: 'raw', notes: 'raw' }
    const versions = await versionsOf(base, 2, 0.01)
    await this.#startCentral()
    for (let k = 1; k <= machines; k++) {
      const machine = new FleetMachine(this.#dir, `m${k}`)
      this.machines.push(machine)
      await machine.start()
      for (const version of versions) await machine.install(this.#dir, version)
      await this.#join(machine)
    }
  }

  get central(): EdgeClient {
    return new EdgeClient(this.line.target, this.home.token())
  }

  async #startCentral(): Promise<void> {
    this.#central = await this.home.start()
  }

  async #join(machine: FleetMachine): Promise<void> {
    const { code } = await this.central.json<{ code: string }>('POST', '/api/join-codes', { site: 'plant-1' })
    const { device } = await machine.client.json<{ device: string }>('POST', '/api/enrol', { code })
    machine.device = device
    await this.central.json('POST', `/api/devices/${device}/confirm`, { fingerprint: device.slice(0, 16) })
    await machine.client.json('POST', '/api/enrol', { code })
  }

  #trouble(): Trouble | undefined {
    if (!this.#isBad || this.#draw() < 0.6) return undefined
    return troubles[Math.floor(this.#draw() * troubles.length)]
  }

  /** One cycle: the line is bad, something happens, and it all goes on. */
  async cycle(): Promise<Act> {
    const act = this.#choose()
    this.acts[act] = (this.acts[act] ?? 0) + 1
    this.#options.tell?.(act)
    this.#isBad = true
    for (const machine of this.machines) machine.work()
    await sleep(60 + 240 * this.#draw())
    await this.#act(act)
    return act
  }

  #choose(): Act {
    const { without = [] } = this.#options
    const open = (Object.keys(shares) as Act[]).filter((act) => !without.includes(act) && this.#isOpen(act))
    let at = this.#drawAct() * open.reduce((sum, act) => sum + shares[act], 0)
    for (const act of open) {
      at -= shares[act]
      if (at < 0) return act
    }
    return 'line'
  }

  #isOpen(act: Act): boolean {
    if (act === 'restore edge') return this.machines.some(({ hasCopy }) => hasCopy)
    if (act === 'restore central') return this.home.hasBackup()
    return act !== 'full disk' || this.home.fill !== undefined
  }

  async #act(act: Act): Promise<void> {
    const { home, line } = this
    const machine = this.machines[Math.floor(this.#draw() * this.machines.length)]!
    switch (act) {
      case 'line':
        return sleep(100 + 200 * this.#draw())
      case 'kill edge':
        await machine.kill()
        return machine.start()
      case 'kill central':
        await this.#central?.kill()
        return this.#startCentral()
      case 'kill both':
        await Promise.all([machine.kill(), this.#central?.kill()])
        await Promise.all([machine.start(), this.#startCentral()])
        return
      case 'kill database':
        await home.killDatabase()
        return sleep(200 * this.#draw())
      case 'partition':
        line.isCut = true
        await sleep(100 + 400 * this.#draw())
        line.isCut = false
        return
      case 'swap':
        await machine.swap()
        return
      case 'copy edge':
        await machine.kill()
        machine.copy()
        return machine.start()
      case 'restore edge': {
        const one = this.machines.find(({ hasCopy }) => hasCopy)!
        await one.kill()
        // Nobody puts a copy back before the last request of the former life has left the line.
        await line.settle()
        await one.restore()
        return one.start()
      }
      case 'back up central':
        await this.healthy()
        return home.backUp()
      case 'restore central':
        return this.restoreCentral()
      case 'full disk':
        home.fill?.()
        await sleep(300 + 700 * this.#draw())
        home.empty()
        return
    }
  }

  /** From the last backup; what came to it since then it no longer knows. */
  async restoreCentral(): Promise<void> {
    await this.#central?.kill()
    await this.home.restore()
    await this.#startCentral()
  }

  /** Its database takes writes again, by itself. */
  async healthy(): Promise<void> {
    const endMs = Date.now() + 120_000
    for (;;) {
      const is = await fetch(`${this.line.target}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
      if (is) return
      if (Date.now() > endMs) throw new Error('central does not become ready again')
      await sleep(100)
    }
  }

  /** A good line and no more work: within a while everything is there. Then each machine's record is held against central's. */
  async verify(patienceMs = 120_000): Promise<Verified[]> {
    this.#isBad = false
    for (const machine of this.machines) await machine.rest()
    await this.line.settle()
    await this.healthy()
    const verified: Verified[] = []
    for (const machine of this.machines) {
      const endMs = Date.now() + patienceMs
      for (;;) {
        const held = await heldOf(this.home.databaseUrl(), machine.device)
        await machine.ledger.harvest(machine.dataDir)
        const found = compare(held, machine.ledger)
        const isSettled = found.missing.length === 0 || held.state !== 'enrolled'
        if (!isSettled && Date.now() < endMs) {
          await sleep(100)
          continue
        }
        if (held.state !== 'enrolled') found.wrong.push(`the machine is ${held.state}`)
        if (found.missing.length > 0)
          found.wrong.push(`its sync says ${JSON.stringify(await machine.sync())}`)
        for (const n of machine.kept)
          if (machine.ledger.numbers.get(n) !== 1)
            found.wrong.push(
              `number ${n} was told as kept, and stands in the record ${machine.ledger.numbers.get(n) ?? 0} times`,
            )
        const { findings, events, blocks } = held
        const over = blocks.filter((block) => !machine.ledger.now.has(placeOf(block))).length
        const kinds = new Set(events.map(({ kind }) => kind))
        verified.push({ ...found, findings, over, events: events.length, kinds })
        break
      }
    }
    return verified
  }

  async stop(): Promise<void> {
    for (const machine of this.machines) await machine.rest()
    for (const machine of this.machines) await machine.kill()
    await this.#central?.kill()
    await this.line.close()
    await this.home?.remove()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
