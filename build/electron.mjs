import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './bootstrap.mjs'

/**
 * Electron's binary, where it lies on the disk already: in the package `electron`, or where ELECTRON_OVERRIDE_DIST_PATH says.
 * Importing that package would download it.
 * @param {NodeJS.ProcessEnv} [env] @returns {string | undefined}
 */
export function electronBinary(env = process.env) {
  const folder = join(root, 'node_modules/electron')
  const named = join(folder, 'path.txt')
  const file = existsSync(named) ? readFileSync(named, 'utf8') : 'electron'
  const path = env.ELECTRON_OVERRIDE_DIST_PATH
    ? join(env.ELECTRON_OVERRIDE_DIST_PATH, file)
    : join(folder, 'dist', file)
  return existsSync(path) ? path : undefined
}

/**
 * Why the desktop app cannot start here, in one line; undefined where it can.
 * @param {{ platform: string, env: NodeJS.ProcessEnv, uid: number | undefined, binary: string | undefined }} facts
 */
export function whyNoDesktop({ platform, env, uid, binary }) {
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'there is no display here'
  if (!binary) return "Electron's binary is not here (npx install-electron fetches it)"
  if (platform === 'linux' && uid === 0) return 'Chromium does not run its sandbox as root'
  return undefined
}

/** As `whyNoDesktop`, of this machine. */
export const whyNoDesktopHere = () =>
  whyNoDesktop({
    platform: process.platform,
    env: process.env,
    uid: process.getuid?.(),
    binary: electronBinary(),
  })
