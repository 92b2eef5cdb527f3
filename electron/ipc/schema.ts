import { z } from 'zod'
import type { DesktopCall } from './calls.ts'

/** Who may make a call: the app's own pages, the runtime's console. */
export type Caller = 'app-pages' | 'console'

interface CallSchema {
  input: z.ZodType
  output: z.ZodType
  from: readonly Caller[]
}

const nothing = z.undefined()
const own = ['app-pages'] as const satisfies readonly Caller[]

/**
 * Every IPC call there is. Main parses inputs by it; the preload script, main's handlers and the tests' fakes have their
 * types from it. The console makes none: it is a web page that works the same in any browser.
 */
export const ipcSchema = {
  /** Looks for a runtime again and starts one where none runs; shows the console again after crashes of its page. */
  tryAgain: { input: nothing, output: nothing, from: own },
  openLogFolder: {
    input: z.strictObject({ of: z.enum(['runtime', 'app']) }),
    output: z.strictObject({ opened: z.boolean() }),
    from: own,
  },
  /** Opens the console in the person's browser, signed in. */
  openInBrowser: { input: nothing, output: z.strictObject({ opened: z.boolean() }), from: own },
  quit: { input: nothing, output: nothing, from: own },
} as const satisfies Record<DesktopCall, CallSchema>

export type CallInput<C extends DesktopCall> = z.output<(typeof ipcSchema)[C]['input']>
export type CallOutput<C extends DesktopCall> = z.output<(typeof ipcSchema)[C]['output']>

/** What a page sees. */
export type DesktopBridge = { readonly [C in DesktopCall]: (input: CallInput<C>) => Promise<CallOutput<C>> }

/** What main implements. */
export type DesktopHandlers = {
  readonly [C in DesktopCall]: (input: CallInput<C>) => CallOutput<C> | Promise<CallOutput<C>>
}
