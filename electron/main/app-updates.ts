import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import {
  type FileFacts,
  judgeFile,
  type ThisApp,
  type TrustFacts,
  type Vouched,
  vouchedFor,
} from './decide/app-update-trust.ts'
import { type InstallFacts, installStep } from './decide/update.ts'

/** What electron-updater does, and a fake in the tests. */
export interface UpdateSource {
  /** A newer version than this, where the server has one. */
  check: () => Promise<{ version: string } | undefined>
  /** Downloads it; the path of the one file that `install` will run. */
  download: () => Promise<string>
  /** Ends the app and starts the new version. Synchronous up to the start of the installer. */
  install: () => void
}

/** What every update needs, wherever its file comes from. */
export interface InstallParts {
  app: ThisApp
  /** What the runtime says that it trusts; undefined where it cannot be asked. */
  trust: () => Promise<TrustFacts | undefined>
  models: () => Promise<InstallFacts['models']>
  stopsRuntime: () => boolean
  /** Resolves when a runtime of our own has ended. */
  beforeInstall: () => Promise<void>
  /** After `beforeInstall`, where nothing is installed after all: the app begins again. */
  startOver: () => void
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** What became of it, in words, for menu and log. */
  say: (words: string) => void
}

export interface UpdateParts extends InstallParts {
  source: () => Promise<UpdateSource>
  enabled: () => boolean
}

export interface FileParts extends InstallParts {
  /** Copies the file to where nobody else writes, up to so many bytes; the path of the copy. */
  stage: (mostBytes: number) => Promise<string>
  /** Starts the installer: hands the copy to the operating system, and ends the app. */
  open: (copy: string) => void
}

const waitMs = 30_000

/** Digest and size of a file, read once, in pieces. */
export async function factsOf(path: string): Promise<FileFacts> {
  const hash = createHash('sha256')
  let bytes = 0
  await pipeline(createReadStream(path), async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      bytes += piece.length
      hash.update(piece)
    }
  })
  return { sha256: hash.digest('hex'), bytes }
}

/**
 * Looks once for a new version of the app. Nothing is downloaded that signed metadata does not name; nothing is installed
 * while a version of a model is being put in place; and the file that is installed was hashed right before, after the last
 * wait, whatever was found when it arrived. Between that hash and the start of the installer nothing else of this process runs.
 */
export async function updateOnce(parts: UpdateParts, signal: AbortSignal): Promise<void> {
  const { enabled, say } = parts
  if (!enabled()) return say('App updates are off')
  try {
    const source = await parts.source()
    const found = await source.check()
    if (!found) return say('This app is up to date')
    const { version } = found
    const vouched = await vouchedNow(parts, version)
    if (!vouched.vouched) return say(`Not updated: ${vouched.why}`)
    say(`Version ${version} is being downloaded`)
    const file = await source.download()
    const ready = { version, file, facts: await factsOf(file), install: source.install, enabled }
    await installWhenFree(parts, ready, signal)
  } catch (error) {
    say(failure(error))
  }
}

/** The same for a file that a person chose, from a stick perhaps: whichever newer version it is, signed metadata names it. */
export async function updateFromFile(parts: FileParts, signal: AbortSignal): Promise<void> {
  const { say } = parts
  try {
    const vouched = await vouchedNow(parts)
    if (!vouched.vouched) return say(`Not updated: ${vouched.why}`)
    const file = await parts.stage(Math.max(...vouched.targets.map(({ bytes }) => bytes)))
    const facts = await factsOf(file)
    const judgement = judgeFile(vouched, facts)
    if (!judgement.install) return say(`Not updated: ${judgement.why}`)
    const install = () => parts.open(file)
    const ready = { version: judgement.version, file, facts, install, enabled: () => true }
    await installWhenFree(parts, ready, signal)
  } catch (error) {
    say(failure(error))
  }
}

const failure = (error: unknown) =>
  `The update failed: ${error instanceof Error ? error.message : String(error)}`

const vouchedNow = async ({ trust, app }: InstallParts, version?: string): Promise<Vouched> =>
  vouchedFor(await trust().catch(() => undefined), app, version)

interface Ready {
  version: string
  file: string
  /** Of the file as it arrived. */
  facts: FileFacts
  install: () => void
  enabled: () => boolean
}

async function installWhenFree(parts: InstallParts, ready: Ready, signal: AbortSignal): Promise<void> {
  const { say } = parts
  const { version, file, facts, enabled } = ready
  while (!signal.aborted) {
    // Asked each time: metadata may withdraw a version, or expire, while it waits.
    const vouched = await vouchedNow(parts, version)
    const judgement = judgeFile(vouched, facts)
    const models = await parts.models().catch(() => undefined)
    const step = installStep({ enabled: enabled(), judgement, models, stopsRuntime: parts.stopsRuntime() })
    if (step.do === 'nothing') return say(`Not updated: ${step.why}`)
    if (step.do === 'install') {
      say(`Version ${version} is being installed`)
      await parts.beforeInstall()
      const last = await factsOf(file).then((now) => judgeFile(vouched, now), unreadable)
      if (last.install) return ready.install()
      say(`Not updated: since it arrived, the file was changed: ${last.why}`)
      return parts.startOver()
    }
    say(`Version ${version} waits: ${step.why}`)
    await parts.sleep(waitMs, signal)
  }
}

const unreadable = (error: unknown) => ({ install: false as const, why: String(error) })
