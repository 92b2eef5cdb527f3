import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { Entry, MenuAction, MenuPart } from './decide/menu.ts'

function item(entry: Entry, act: (action: MenuAction) => void): MenuItemConstructorOptions {
  if (entry.kind === 'line') return { type: 'separator' }
  if (entry.kind === 'role') return { role: entry.role }
  const { label, action, enabled = true } = entry
  const click = () => act(action)
  if (entry.kind === 'check') return { type: 'checkbox', label, checked: entry.checked, enabled, click }
  return { label, enabled, click, ...(entry.shortcut !== undefined && { accelerator: entry.shortcut }) }
}

export const menuOf = (entries: readonly Entry[], act: (action: MenuAction) => void): Menu =>
  Menu.buildFromTemplate(entries.map((entry) => item(entry, act)))

export const menuBar = (parts: readonly MenuPart[], act: (action: MenuAction) => void): Menu =>
  Menu.buildFromTemplate(
    parts.map(({ label, entries }) => ({ label, submenu: entries.map((entry) => item(entry, act)) })),
  )
