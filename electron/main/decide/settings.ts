import { z } from 'zod'
import { windowStateSchema } from './window-state.ts'

/** `desktop.json` in the app's own folder: what a person chose in its menu, and where its window was. */
export const settingsSchema = z.object({
  notifications: z.boolean().default(true),
  openAtLogin: z.boolean().default(false),
  /** Closing the window leaves the app in the tray. */
  closeToTray: z.boolean().default(true),
  /** Keeps the machine from going to sleep, or its display as well, while the app is open. */
  keepAwake: z.enum(['off', 'machine', 'display']).default('machine'),
  /** App updates, off until someone turns them on and names a server (https). */
  updates: z
    .object({
      enabled: z.boolean().default(false),
      url: z.url({ protocol: /^https$/ }).optional(),
    })
    .default({ enabled: false }),
  window: windowStateSchema.optional(),
})
export type Settings = z.infer<typeof settingsSchema>

export const defaultSettings: Settings = settingsSchema.parse({})

/** What a file says; `why` where it cannot be understood and the defaults hold. `text` undefined: there is none yet. */
export function readSettings(text: string | undefined): { settings: Settings; why?: string } {
  if (text === undefined) return { settings: defaultSettings }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { settings: defaultSettings, why: `it is not whole JSON (${String(error)})` }
  }
  const parsed = settingsSchema.safeParse(json)
  if (parsed.success) return { settings: parsed.data }
  return { settings: defaultSettings, why: z.prettifyError(parsed.error).replaceAll('\n', ' ') }
}

/** Electron's name of the blocker that a choice asks for. */
export function blockerFor(
  keepAwake: Settings['keepAwake'],
): 'prevent-app-suspension' | 'prevent-display-sleep' | undefined {
  if (keepAwake === 'off') return undefined
  return keepAwake === 'machine' ? 'prevent-app-suspension' : 'prevent-display-sleep'
}
