import type { LinkState } from './link-state.ts'
import { ownership } from './link-state.ts'
import { quitLabel } from './quit.ts'
import type { Settings } from './settings.ts'

/** What an entry of a menu does; main maps each to a call. */
export type MenuAction =
  | 'show'
  | 'reload'
  | 'open-in-browser'
  | 'logs-runtime'
  | 'logs-app'
  | 'quit'
  | 'toggle-notifications'
  | 'toggle-login'
  | 'toggle-awake'
  | 'toggle-tray'
  | 'toggle-updates'
  | 'update-from-file'
  | 'update-status'

export type Entry =
  | { kind: 'action'; label: string; action: MenuAction; shortcut?: string; enabled?: boolean }
  | { kind: 'check'; label: string; action: MenuAction; checked: boolean; enabled?: boolean }
  | { kind: 'role'; role: 'copy' | 'selectAll' | 'resetZoom' | 'zoomIn' | 'zoomOut' | 'togglefullscreen' }
  | { kind: 'line' }
export interface MenuPart {
  label: string
  entries: readonly Entry[]
}

export interface MenuFacts {
  settings: Settings
  link: LinkState
  /** What the updater last found, in words. */
  updates: string
}

const line: Entry = { kind: 'line' }

/** The native menu. The console's own screens are in the console. */
export function menu({ settings, link, updates }: MenuFacts): MenuPart[] {
  const shown = link.at === 'attached' || link.at === 'running'
  return [
    {
      label: 'Edgewright',
      entries: [
        {
          kind: 'check',
          label: 'Notify of high-priority alerts',
          action: 'toggle-notifications',
          checked: settings.notifications,
        },
        { kind: 'check', label: 'Open at login', action: 'toggle-login', checked: settings.openAtLogin },
        {
          kind: 'check',
          label: 'Keep this machine awake',
          action: 'toggle-awake',
          checked: settings.keepAwake !== 'off',
        },
        {
          kind: 'check',
          label: 'Stay in the tray when closed',
          action: 'toggle-tray',
          checked: settings.closeToTray,
        },
        line,
        {
          kind: 'check',
          label: 'Update this app by itself',
          action: 'toggle-updates',
          checked: settings.updates.enabled,
          enabled: settings.updates.url !== undefined,
        },
        {
          kind: 'action',
          label: 'Update this app from a file …',
          action: 'update-from-file',
          enabled: shown,
        },
        { kind: 'action', label: updates, action: 'update-status', enabled: false },
        line,
        { kind: 'action', label: quitLabel(ownership(link)), action: 'quit', shortcut: 'CmdOrCtrl+Q' },
      ],
    },
    {
      label: 'Edit',
      entries: [
        { kind: 'role', role: 'copy' },
        { kind: 'role', role: 'selectAll' },
      ],
    },
    {
      label: 'View',
      entries: [
        {
          kind: 'action',
          label: 'Reload the console',
          action: 'reload',
          shortcut: 'CmdOrCtrl+R',
          enabled: shown,
        },
        { kind: 'action', label: 'Open in the browser', action: 'open-in-browser', enabled: shown },
        line,
        { kind: 'role', role: 'resetZoom' },
        { kind: 'role', role: 'zoomIn' },
        { kind: 'role', role: 'zoomOut' },
        { kind: 'role', role: 'togglefullscreen' },
      ],
    },
    {
      label: 'Help',
      entries: [
        { kind: 'action', label: "Open the runtime's log folder", action: 'logs-runtime' },
        { kind: 'action', label: "Open the app's log folder", action: 'logs-app' },
      ],
    },
  ]
}

/** The tray's menu. */
export function trayMenu(link: LinkState): Entry[] {
  return [
    { kind: 'action', label: 'Open Edgewright', action: 'show' },
    line,
    { kind: 'action', label: quitLabel(ownership(link)), action: 'quit' },
  ]
}

/** The tray's words. `unacknowledged`: of all priorities; undefined where the runtime has not said. */
export function trayTip(link: LinkState, unacknowledged: number | undefined): string {
  if (link.at !== 'attached' && link.at !== 'running') {
    const waits = link.at === 'looking' || link.at === 'starting' || link.at === 'stopping'
    return waits ? 'Edgewright: one moment' : 'Edgewright: AI stopped. Follow the manual procedure.'
  }
  if (unacknowledged === undefined) return 'Edgewright'
  if (unacknowledged === 0) return 'Edgewright: no unacknowledged alerts'
  return `Edgewright: ${unacknowledged} unacknowledged ${unacknowledged === 1 ? 'alert' : 'alerts'}`
}
