import { parseArgs } from 'node:util'

export interface Flags {
  data?: string
  port: number
  /** Starts in the tray, as the login item does. */
  hidden: boolean
  /** Only ever attaches. */
  noStart: boolean
  allowUnsigned: boolean
  machine?: string
}

export const defaultPort = 8700

/** The app's own flags; what Chromium, Electron or a desktop adds is passed over. `args`: without the program. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: {
      data: { type: 'string' },
      port: { type: 'string' },
      hidden: { type: 'boolean' },
      'no-start': { type: 'boolean' },
      'allow-unsigned': { type: 'boolean' },
      machine: { type: 'string' },
    },
  })
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const port = Number(text(values.port) ?? defaultPort)
  const data = text(values.data)
  const machine = text(values.machine)
  return {
    port: Number.isInteger(port) && port >= 0 && port <= 65_535 ? port : defaultPort,
    hidden: values.hidden === true,
    noStart: values['no-start'] === true,
    allowUnsigned: values['allow-unsigned'] === true,
    ...(data !== undefined && { data }),
    ...(machine !== undefined && { machine }),
  }
}
