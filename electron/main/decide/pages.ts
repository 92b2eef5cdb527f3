import type { DesktopCall } from '../../ipc/calls.ts'
import type { CallInput } from '../../ipc/schema.ts'
import type { Problem } from './attach-or-start.ts'
import type { LinkState } from './link-state.ts'

export type Action = {
  [C in DesktopCall]: { label: string; call: C; input: CallInput<C> }
}[DesktopCall]

/** A page of the app's own. `grave`: the models' answers are missing while it shows. */
export interface Page {
  title: string
  paragraphs: readonly string[]
  /** Words of a program, shown as they are. */
  detail?: string
  grave: boolean
  actions: readonly Action[]
}

const tryAgain: Action = { label: 'Try again', call: 'tryAgain', input: undefined }
const runtimeLogs: Action = {
  label: 'Open the log folder',
  call: 'openLogFolder',
  input: { of: 'runtime' },
}
const quit: Action = { label: 'Quit', call: 'quit', input: undefined }
const manual = 'AI stopped. Follow the manual procedure.'

const problems: Record<Problem, { title: string; next: string }> = {
  'address-not-loopback': {
    title: 'The data folder names a runtime on another machine',
    next: 'This app sends its token to this machine only. Delete runtime.json in the data folder, then try again.',
  },
  'token-missing': {
    title: 'The runtime runs, and this app may not use it',
    next: 'Its token cannot be read: it belongs to another user, as a service does. Ask whoever installed it for a sign-in link (edgewright link --data DIR) and open that in a browser.',
  },
  'token-refused': {
    title: 'The runtime refuses the token of this data folder',
    next: 'Another runtime answers at the address that this folder names. Stop it, or start the app with the right --data DIR.',
  },
  'stranger-on-port': {
    title: 'Another runtime has this port',
    next: 'It uses another data folder, as a service does. Open its console in a browser with a sign-in link (edgewright link --data DIR), or start the app with that --data DIR, or with another --port.',
  },
  'holder-silent': {
    title: 'A runtime holds the data folder and does not answer',
    next: 'It may hang. Stop the process named below, then try again.',
  },
  'start-forbidden': {
    title: 'No runtime runs here',
    next: 'This app was started with --no-start. Start the runtime (edgewright edge --data DIR), then try again.',
  },
}

/** The page for where the app stands with its runtime; undefined where the console shows. */
export function pageFor(state: LinkState): Page | undefined {
  switch (state.at) {
    case 'attached':
    case 'running':
      return undefined
    case 'looking':
    case 'starting':
      return {
        title: 'Starting Edgewright …',
        paragraphs: ['The models are being loaded.'],
        grave: false,
        actions: [runtimeLogs],
      }
    case 'restarting':
      return {
        title: 'The runtime ended and is started again',
        paragraphs: [manual, `Start ${state.restart} of ${state.of} follows by itself.`],
        detail: state.reason,
        grave: true,
        actions: [runtimeLogs, quit],
      }
    case 'crash-loop':
      return {
        title: 'The runtime keeps ending',
        paragraphs: [
          manual,
          `It ended ${state.endings} times within ${Math.round(state.withinMs / 60_000)} minutes, so it is not started again by itself. What it had answered is kept.`,
        ],
        detail: state.reason,
        grave: true,
        actions: [tryAgain, runtimeLogs, quit],
      }
    case 'refused':
      return {
        title: 'The runtime did not start',
        paragraphs: [manual, 'It says why below. Mend that, then try again.'],
        detail: state.reason,
        grave: true,
        actions: [tryAgain, runtimeLogs, quit],
      }
    case 'problem':
      return {
        title: problems[state.problem].title,
        paragraphs: [problems[state.problem].next],
        ...(state.detail !== '' && { detail: state.detail }),
        grave: true,
        actions: [tryAgain, runtimeLogs, quit],
      }
    case 'lost':
      return {
        title: 'The runtime does not answer any more',
        paragraphs: [
          manual,
          'This app did not start it and waits for it to come back. "Try again" starts one here where none runs.',
        ],
        grave: true,
        actions: [tryAgain, runtimeLogs, quit],
      }
    case 'stopping':
      return {
        title: 'Stopping …',
        paragraphs: ['Readings in flight are answered and kept first.'],
        grave: false,
        actions: [],
      }
    case 'stopped':
      return { title: 'Stopped', paragraphs: [], grave: false, actions: [tryAgain, quit] }
  }
}

/** Shown when the console's page has crashed too often. Nothing of the console is in it. */
export const safePage: Page = {
  title: 'The console keeps crashing',
  paragraphs: [
    'The runtime goes on: readings are answered, and alerts of high priority still come as notifications.',
    'Use the console in a browser meanwhile.',
  ],
  grave: true,
  actions: [
    { label: 'Open in the browser', call: 'openInBrowser', input: undefined },
    tryAgain,
    { label: 'Open the log folder', call: 'openLogFolder', input: { of: 'app' } },
  ],
}
