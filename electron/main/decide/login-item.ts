import { join } from 'node:path'

/** Where a Linux desktop looks for what to start at login. Source: freedesktop.org, Desktop Application Autostart, 0.5. */
export const autostartFile = (configHome: string): string =>
  join(configHome, 'autostart', 'edgewright-desktop.desktop')

/** One argument of an Exec line. Source: freedesktop.org, Desktop Entry Specification 1.5, The Exec key. */
function execArgument(text: string): string {
  const quoted = text.replace(/["`$\\]/g, '\\$&')
  // The string as a whole is unescaped once more before the quoting rule is applied.
  return `"${quoted.replaceAll('\\', '\\\\')}"`.replaceAll('%', '%%')
}

/** The file that starts the app at login, in the tray. `program`: the AppImage itself where it runs from one. */
export function autostartEntry(program: string, args: readonly string[]): string {
  const exec = [program, ...args].map(execArgument).join(' ')
  return `[Desktop Entry]\nType=Application\nName=Edgewright\nExec=${exec}\nTerminal=false\nX-GNOME-Autostart-enabled=true\n`
}

/** What the login item starts the app with. */
export function loginArguments(dataDir: string | undefined): string[] {
  return ['--hidden', ...(dataDir === undefined ? [] : [`--data=${dataDir}`])]
}
