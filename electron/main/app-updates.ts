import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { InstallFacts } from './decide/update.ts'
import { installStep, judgeDownload, type TrustedDigests } from './decide/update.ts'

/** What electron-updater does, and a fake in the tests. */
export interface UpdateSource {
  /** A newer version than this, where the server has one. */
  check: () => Promise<{ version: string } | undefined>
  /** Downloads it; the path of the file. */
  download: () => Promise<string>
  /** Ends the app and starts the new version. */
  install: () => void
}

export interface UpdateParts {
  source: () => Promise<UpdateSource>
  trusted: TrustedDigests
  enabled: () => boolean
  models: () => Promise<InstallFacts['models']>
  stopsRuntime: () => boolean
  /** Resolves when a runtime of our own has ended. */
  beforeInstall: () => Promise<void>
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** What became of it, in words, for menu and log. */
  say: (words: string) => void
}

const waitMs = 30_000

/** sha256 of a file, hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/**
 * Looks once for a new version of the app: nothing is downloaded that nobody vouches for, the downloaded file must be the one
 * that is vouched for, and it is installed only while no version of a model is being put in place.
 */
export async function updateOnce(parts: UpdateParts, signal: AbortSignal): Promise<void> {
  const { enabled, say } = parts
  if (!enabled()) return say('App updates are off')
  try {
    const source = await parts.source()
    const found = await source.check()
    if (!found) return say('This app is up to date')
    const { version } = found
    const trusted = await parts.trusted(version)
    if (trusted.size === 0) return say(wordsOf(judgeDownload(version, '', trusted)))
    say(`Version ${version} is being downloaded`)
    const judgement = judgeDownload(version, await sha256Of(await source.download()), trusted)
    while (!signal.aborted) {
      const models = await parts.models().catch(() => undefined)
      const step = installStep({ enabled: enabled(), judgement, models, stopsRuntime: parts.stopsRuntime() })
      if (step.do === 'nothing') return say(`Not updated: ${step.why}`)
      if (step.do === 'install') {
        say(`Version ${version} is being installed`)
        await parts.beforeInstall()
        return source.install()
      }
      say(`Version ${version} waits: ${step.why}`)
      await parts.sleep(waitMs, signal)
    }
  } catch (error) {
    say(`The update failed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const wordsOf = (judgement: { install: boolean; why?: string }) => `Not updated: ${judgement.why ?? ''}`
