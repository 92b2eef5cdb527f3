import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readSettings, type Settings } from './decide/settings.ts'

/** The app's own settings, kept in one small file that is replaced whole. */
export class Store {
  readonly #path: string
  readonly #log: (line: string) => void
  #settings: Settings

  constructor(folder: string, log: (line: string) => void) {
    this.#path = join(folder, 'desktop.json')
    this.#log = log
    const { settings, why } = readSettings(textOf(this.#path))
    if (why !== undefined) log(`${this.#path} is passed over: ${why}`)
    this.#settings = settings
  }

  get settings(): Settings {
    return this.#settings
  }

  /** Keeps a change; where the disk refuses, it holds until the app ends. */
  change(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change }
    try {
      mkdirSync(dirname(this.#path), { recursive: true })
      writeFileSync(`${this.#path}.part`, `${JSON.stringify(this.#settings, null, 2)}\n`)
      renameSync(`${this.#path}.part`, this.#path)
    } catch (error) {
      this.#log(`The settings could not be kept: ${String(error)}`)
    }
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined // The first start has none.
  }
}

const maxLogBytes = 1_000_000

/** A writer of `desktop.log`; the file before it is kept as `desktop.old.log`. Codes of sign-in links are left out. */
export function openLog(folder: string, now: () => Date): (line: string) => void {
  const path = join(folder, 'desktop.log')
  mkdirSync(folder, { recursive: true })
  return (line) => {
    try {
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > maxLogBytes)
        renameSync(path, join(folder, 'desktop.old.log'))
      appendFileSync(path, `${now().toISOString()} ${line.replaceAll(/#code=\S+/g, '#code=…')}\n`)
    } catch {
      return // A full disk must not end the app, and there is nowhere left to say it.
    }
  }
}
