import type { HookKind } from '#core/contracts/hooks.ts'
import type { Base } from '../central.ts'
import type { Database } from '../store/database.ts'
import {
  type Due,
  delivered,
  forgetOver,
  hookAt,
  notDelivered,
  queue,
  queueForHooks,
  takeDue,
} from '../store/notify.ts'
import { deadAfterMs, retryInMs } from './backoff.ts'
import { sendHook } from './send-hook.ts'
import { mailer } from './send-mail.ts'
import { isMail, type NotifySettings } from './settings.ts'

/** How other areas tell somebody. What is queued in a transaction leaves if and only if it commits. */
export interface Notifier {
  /** To every hook that wants this kind. */
  publish(tx: Database, kind: HookKind, data: object): Promise<void>
  /** To one person. False: `contact` is none that this server can use. */
  tell(tx: Database, contact: string | undefined, message: Message): Promise<boolean>
  /** E-mail of those who are told where nobody else is known. */
  admins: readonly string[]
}
export interface Message {
  kind: HookKind
  subject: string
  text: string
  data: object
}

const eachAtOnce = 5
/** Longer than any attempt takes: what a process had taken when it was killed is due again then. */
const leaseMs = 60_000
/** After it was delivered or given up. */
const keptMs = 30 * 24 * 60 * 60_000
const forgetEveryMs = 60 * 60_000
/** Receivers may refuse more (Standard Webhooks asks for small ones; this is its upper end in practice). */
const mostBytes = 256 * 1024
/** The receiver asks for no more of it. */
const gone = 410

type Parts = Pick<Base, 'db' | 'now' | 'random' | 'randomUUID' | 'log' | 'failed' | 'record'>

/** The outbox: queued exactly once with its cause, delivered at least once, in no order. */
export class Outbox implements Notifier {
  readonly #parts: Parts
  readonly #settings: NotifySettings
  readonly #mail: ReturnType<typeof mailer> | undefined
  readonly admins: readonly string[]
  #forgotMs = 0

  constructor(parts: Parts, settings: NotifySettings) {
    this.#parts = parts
    this.#settings = settings
    this.admins = settings.admins
    this.#mail = settings.smtpUrl === undefined ? undefined : mailer(settings.smtpUrl, settings.from)
  }

  async publish(tx: Database, kind: HookKind, data: object): Promise<void> {
    const now = new Date(this.#parts.now())
    await queueForHooks(tx, { kind, body: bodyOf(kind, now, data), now })
  }

  async tell(tx: Database, contact: string | undefined, message: Message): Promise<boolean> {
    const now = new Date(this.#parts.now())
    const { kind, subject, text } = message
    const id = `msg_${this.#parts.randomUUID()}`
    if (contact === undefined) return false
    if (isMail(contact)) {
      if (!this.#mail) return false
      await queue(tx, { id, hook: null, mailTo: contact, kind, subject, body: text }, now)
      return true
    }
    const hook = contact.startsWith('http') ? await hookAt(tx, contact) : undefined
    if (!hook) return false
    const body = bodyOf(kind, now, message.data)
    await queue(tx, { id, hook: hook.id, mailTo: null, kind, subject: null, body }, now)
    return true
  }

  /** Sends what is due. */
  async tick(): Promise<void> {
    const { db, now, record } = this.#parts
    const due = await takeDue(db, {
      now: new Date(now()),
      until: new Date(now() + leaseMs),
      each: eachAtOnce,
    })
    await Promise.all(due.map((one) => this.#attempt(one)))
    if (now() - this.#forgotMs < forgetEveryMs) return
    this.#forgotMs = now()
    const [delivered, givenUp] = [new Date(now() - keptMs), new Date(now() - keptMs - deadAfterMs)]
    const count = await forgetOver(db, { delivered, givenUp })
    if (count > 0) await record('deliveries.deleted', 'central', { count, queuedBefore: givenUp })
  }

  async #attempt(one: Due): Promise<void> {
    const { db, now, random, log } = this.#parts
    let status: number | null = null
    let problem: string
    try {
      status = await this.#send(one)
      if (status === null || (status >= 200 && status < 300))
        return await delivered(db, one.n, status, new Date(now()))
      problem =
        status >= 300 && status < 400
          ? `answered ${status}: redirects are not followed`
          : `answered ${status}`
    } catch (error) {
      problem = error instanceof Error ? error.message || String(error) : String(error)
    }
    const ended = status === gone || now() - one.since.getTime() >= deadAfterMs
    const nextTry = ended ? null : new Date(now() + retryInMs(one.attempts, random()))
    if (ended) log.warn({ delivery: one.id, to: one.url ?? one.mail_to, problem }, 'a message was given up')
    await notDelivered(db, one.n, { status, problem, nextTry })
  }

  /** The status that a hook answered; null: a mail server took it. */
  async #send({ id, url, secret, mail_to, subject, body }: Due): Promise<number | null> {
    if (url !== null && secret !== null)
      return sendHook({ url, id, body, secret, nowMs: this.#parts.now() }, this.#settings.allowed)
    if (mail_to === null || !this.#mail) throw new Error('no SMTP server is set (EDGEWRIGHT_SMTP_URL)')
    await this.#mail({ id, to: mail_to, subject: subject ?? 'Edgewright', text: body })
    return null
  }
}

function bodyOf(type: HookKind, now: Date, data: object): string {
  const timestamp = now.toISOString()
  const body = JSON.stringify({ type, timestamp, data })
  if (Buffer.byteLength(body) <= mostBytes) return body
  return JSON.stringify({ type, timestamp, data: { leftOut: 'more than 256 KB; ask this server for it' } })
}
