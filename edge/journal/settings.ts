import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Adapter, Low } from 'lowdb'
import { z } from 'zod'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { limitsSchema } from '#core/contracts/sync.ts'
import { syncFolder, writeDurably } from './durable-file.ts'

/** What central knows this machine as. Also in the journal's state: either of the two may be lost. */
export const enrolmentSchema = z.object({
  url: z.string(),
  /** sha256 of the public key that enrolled. */
  device: z.string(),
  state: z.enum(['waiting', 'enrolled', 'refused']),
  /** refused: why, as central said. */
  problem: z.string().optional(),
  site: z.string(),
  groups: z.array(z.string()),
  /** By which central countersigns (raw Ed25519, hex); absent: it gave none. */
  centralKey: z.string().optional(),
  at: z.string(),
  by: z.string(),
})
export type Enrolment = z.infer<typeof enrolmentSchema>

/** `settings.json`. What a newer version wrote beside these stays as it is. */
export const settingsSchema = z.looseObject({
  /** What people call this machine. */
  machine: z.string().min(1).max(100),
  /** Packages that nobody signed are accepted. Explicit, and shown for as long as it holds. */
  allowUnsigned: z.boolean(),
  /** Where this machine belongs, and where its updates come from (null: by stick only). */
  updates: z
    .object({ site: z.string(), groups: z.array(z.string()), source: z.string().nullable() })
    .optional(),
  /** The fleet's server, by its address; null: this machine has left it. What it was enrolled as: `enrolment` beside it. */
  central: z.object({ url: z.string(), enrolment: enrolmentSchema.nullable() }).nullable().optional(),
  /** What the site's line is to bear. Absent: whatever it can. */
  sync: limitsSchema.optional(),
  /** Of the console, where its reader has chosen none: a language code such as 'de'. */
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
})
export type SettingsValues = z.infer<typeof settingsSchema>

export interface Settings {
  readonly values: Readonly<SettingsValues>
  /** Resolves once the change is durable; rejects and changes nothing where it is invalid or cannot be written. */
  update(change: Partial<SettingsValues>): Promise<void>
}

/**
 * Opens `settings.json` of a data folder; without one, the defaults hold until the first update writes it.
 * Rejects with `settings-damaged` where the file cannot be understood, and leaves it as it is.
 */
export async function openSettings(dir: string, defaults: { hostname: string }): Promise<Settings> {
  await mkdir(dir, { recursive: true })
  const path = join(dir, 'settings.json')
  const db = new Low<SettingsValues>(durableAdapter(path), {
    machine: defaults.hostname,
    allowUnsigned: false,
  })
  await db.read()
  let last: Promise<void> = Promise.resolve()

  async function apply(change: Partial<SettingsValues>): Promise<void> {
    const before = db.data
    const next = settingsSchema.safeParse({ ...before, ...change })
    if (!next.success)
      throw new EdgewrightError('request-invalid', `These settings cannot be: ${z.prettifyError(next.error)}`)
    db.data = next.data
    try {
      await db.write()
    } catch (error) {
      db.data = before
      throw error
    }
  }

  return {
    get values() {
      return db.data
    },
    update(change) {
      const mine = last.then(() => apply(change))
      last = mine.catch(() => undefined)
      return mine
    },
  }
}

/**
 * As `openSettings`, for a machine that must serve: a file that cannot be understood is set aside as
 * `settings.damaged.json`, and the defaults hold, which allow nothing. `damage`: what was wrong with it.
 */
export async function openSettingsOrDefaults(
  dir: string,
  defaults: { hostname: string },
): Promise<{ settings: Settings; damage?: string }> {
  try {
    return { settings: await openSettings(dir, defaults) }
  } catch (error) {
    if (!(error instanceof EdgewrightError) || error.code !== 'settings-damaged') throw error
    await rename(join(dir, 'settings.json'), join(dir, 'settings.damaged.json'))
    await syncFolder(dir)
    return { settings: await openSettings(dir, defaults), damage: error.message }
  }
}

/** lowdb's own file adapter renames without fsync: after a power cut the file could be empty. */
function durableAdapter(path: string): Adapter<SettingsValues> {
  return {
    async read() {
      let text: string
      try {
        text = await readFile(path, 'utf8')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
        throw damaged(path, 'it cannot be read', error)
      }
      let json: unknown
      try {
        json = JSON.parse(text)
      } catch (error) {
        throw damaged(path, 'it is not whole JSON', error)
      }
      const parsed = settingsSchema.safeParse(json)
      if (!parsed.success)
        throw damaged(path, z.prettifyError(parsed.error).replaceAll('\n', ' '), parsed.error)
      return parsed.data
    },
    write: (data) => writeDurably(path, `${JSON.stringify(data, null, 2)}\n`),
  }
}

function damaged(path: string, why: string, cause: unknown): EdgewrightError {
  return new EdgewrightError('settings-damaged', `${path} cannot be understood: ${why}.`, { cause })
}
