import type { Random } from '#core/package/random.ts'
import { normal, stream, Wander } from './chance.ts'
import { ai4i, type PartType, powerW, type Sensors, speedSigmaRpm, usualSpeedRpm } from './rules.ts'
import { developed, type Episode, effect } from './scenario.ts'

/** AI4I has one row per part. Here a part takes a minute and is read many times. */
const partS = 60
/** How much of its torque a part has in common with the part before: an order has similar parts. */
const sameOrder = 0.6
/** How far a healthy part stays away from the failure rules, so that failures come from what goes wrong. */
const healthy = { ofOverstrain: 0.9, fromW: 4000, toW: 8200, coolFromK: 9.3, fastFromRpm: 1430 }

interface MillOptions {
  seed: number
  index: number
  /** Second of the line at which the mill begins to run. */
  fromS: number
  wearAtZeroMin: number
  /** The type of part that the order of this moment asks for. */
  orderAt: (nowS: number) => PartType | undefined
}

/** One milling machine by AI4I's rules, read over time. */
export class Mill {
  wearMin: number
  #part: number
  #levelNm: number = ai4i.torque.meanNm
  #torqueNm: number = ai4i.torque.meanNm
  #partOffsetRpm = 0
  #offsetRpm = 0
  #tool: { endMin: number; fails: boolean }
  readonly #options: MillOptions
  readonly #chance: Random
  readonly #sensor: Random
  readonly #differenceK: Wander
  readonly #chatter: Wander
  readonly #chatterRpm: Wander

  constructor(options: MillOptions) {
    const of = (purpose: number) => stream(options.seed, 1 + options.index, purpose)
    this.#options = options
    this.#chance = of(0)
    this.#sensor = of(1)
    this.#differenceK = new Wander(ai4i.difference.sigmaK, 900, of(2))
    this.#chatter = new Wander(0.025, 4, of(3))
    this.#chatterRpm = new Wander(10, 4, of(4))
    this.#part = this.#partAt(options.fromS)
    this.#tool = this.#newTool()
    this.#tool.endMin = Math.max(this.#tool.endMin, options.wearAtZeroMin + 12)
    this.wearMin = Math.max(0, options.wearAtZeroMin - this.#wornUntilZero())
    this.#setUpPart()
  }

  /** The tool fails on this very part (AI4I: at a wear that chance picked). */
  get toolFails(): boolean {
    return this.#tool.fails && this.wearMin >= this.#tool.endMin
  }

  changeTool(): void {
    this.wearMin = 0
    this.#tool = this.#newTool()
  }

  /** What the sensors say at second `nowS`, `dtS` (at most a part) after the last time, in air of `airK`. */
  step(nowS: number, dtS: number, airK: number, episode: Episode | undefined): Sensors {
    const part = this.#partAt(nowS)
    this.#differenceK.step(dtS)
    if (part !== this.#part) {
      this.#part = part
      if (this.wearMin >= this.#tool.endMin) this.changeTool()
      this.#setUpPart()
    }
    const type = this.#typeOf(part)
    this.wearMin += (ai4i.wearPerPartMin[type] * dtS) / partS

    const bad = episode && effect(episode.trouble, this.wearMin)
    const grown = episode ? developed(episode, nowS) : 0
    const toward = (usual: number, worst: number | undefined) =>
      worst === undefined ? usual : usual + (worst - usual) * grown
    // Torque and speed change over seconds, not at once.
    const follow = 1 - Math.exp(-dtS / 4)
    this.#torqueNm += (toward(this.#levelNm, bad?.torqueNm) - this.#torqueNm) * follow
    this.#offsetRpm += (toward(this.#partOffsetRpm, bad?.speedOffsetRpm) - this.#offsetRpm) * follow
    const torqueNm = Math.max(0, this.#torqueNm * (1 + this.#chatter.step(dtS)))
    const speedRpm = usualSpeedRpm(this.#torqueNm) + this.#offsetRpm + this.#chatterRpm.step(dtS)
    const processK = airK + toward(ai4i.difference.meanK + this.#differenceK.value, bad?.differenceK)
    return {
      type,
      air_temperature: rounded(airK + 0.04 * normal(this.#sensor), 10),
      process_temperature: rounded(processK + 0.04 * normal(this.#sensor), 10),
      rotational_speed: rounded(speedRpm, 1),
      torque: rounded(torqueNm, 10),
      tool_wear: Math.floor(this.wearMin),
    }
  }

  /** Mills begin their parts at different moments. */
  #partAt(nowS: number): number {
    return Math.floor(nowS / partS + this.#options.index / 5)
  }

  /** A function of the part's number alone, so that the wear before the start can be told. */
  #typeOf(part: number): PartType {
    const { seed, index, orderAt } = this.#options
    const ordered = orderAt((part - index / 5) * partS)
    if (ordered) return ordered
    const { L, M } = ai4i.typeShares
    const x = stream(seed, 1 + index, 5, part)()
    return x < L ? 'L' : x < L + M ? 'M' : 'H'
  }

  #wornUntilZero(): number {
    let worn = 0
    for (let s = this.#options.fromS; s < 0; s++)
      worn += ai4i.wearPerPartMin[this.#typeOf(this.#partAt(s))] / partS
    return worn
  }

  #newTool(): { endMin: number; fails: boolean } {
    const { fromMin, toMin } = ai4i.toolEnd
    return {
      endMin: fromMin + (toMin - fromMin) * this.#chance(),
      fails: this.#chance() < ai4i.toolEnd.failShare,
    }
  }

  /** AI4I's torque and speed for the next part, drawn again where a healthy mill would be asked to break a rule. */
  #setUpPart(): void {
    const mean = ai4i.torque.meanNm
    const inCommon = sameOrder * (this.#levelNm - mean)
    const spread = ai4i.torque.sigmaNm * Math.sqrt(1 - sameOrder ** 2)
    for (let tries = 0; tries < 100; tries++) {
      this.#levelNm = mean + inCommon + spread * normal(this.#chance)
      this.#partOffsetRpm = speedSigmaRpm * normal(this.#chance)
      if (this.#isHealthy()) return
    }
    this.#levelNm = 35
    this.#partOffsetRpm = 0
  }

  #isHealthy(): boolean {
    const type = this.#typeOf(this.#part)
    const wearMin = this.wearMin + ai4i.wearPerPartMin[type]
    const speed = usualSpeedRpm(this.#levelNm) + this.#partOffsetRpm
    const power = powerW(speed, this.#levelNm)
    const cool =
      ai4i.difference.meanK + this.#differenceK.value >= healthy.coolFromK || speed >= healthy.fastFromRpm
    const unstrained = this.#levelNm * wearMin <= healthy.ofOverstrain * ai4i.overstrainMinNm[type]
    return cool && unstrained && power >= healthy.fromW && power <= healthy.toW
  }
}

const rounded = (value: number, perUnit: number): number => Math.round(value * perUnit) / perUnit
