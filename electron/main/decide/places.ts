import { join } from 'node:path'

export interface PlaceFacts {
  packaged: boolean
  /** `process.resourcesPath`: beside the archive of the installed app. */
  resourcesPath: string
  /** The folder of main.js: `dist/electron` of a checkout. */
  mainDir: string
  platform: string
  exists: (path: string) => boolean
}

export interface Places {
  /** The plain Node that runs the runtime; never Electron's own binary. */
  node: string
  /** The command `edgewright`. */
  program: string
  icons: string
}

/** The shipped runtime (`build/package.mjs`), or the checkout's. */
export function places({ packaged, resourcesPath, mainDir, platform, exists }: PlaceFacts): Places {
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  if (packaged)
    return {
      node: join(resourcesPath, 'runtime', 'node', binary),
      program: join(resourcesPath, 'runtime', 'dist', 'node', 'edgewright.js'),
      icons: join(resourcesPath, 'icons'),
    }
  const root = join(mainDir, '..', '..')
  const built = join(root, 'dist', 'node', 'edgewright.js')
  return {
    node: join(root, 'node_modules', 'node', 'bin', binary),
    program: exists(built) ? built : join(root, 'cli', 'main.ts'),
    icons: join(root, 'build', 'icons'),
  }
}

/** The picture of window and tray; Windows takes all sizes out of one file. */
export const iconFile = (icons: string, platform: string, size: 32 | 256): string =>
  platform === 'win32' ? join(icons, 'icon.ico') : join(icons, 'linux', `${size}x${size}.png`)

export interface StartOptions {
  dataDir: string
  port: number
  allowUnsigned: boolean
  machine?: string
}

/** Lets a runtime be told to stop where there is no SIGTERM: a message has its own handler of that signal run. */
const stopOnMessage =
  'data:text/javascript,process.on("message",(m)=>m==="stop"&&process.emit("SIGTERM"));process.channel?.unref()'

/** Arguments of Node for a runtime of the app's own. */
export function runtimeArguments(
  program: string,
  { dataDir, port, allowUnsigned, machine }: StartOptions,
  stop: 'signal' | 'message',
): string[] {
  return [
    ...(stop === 'message' ? ['--import', stopOnMessage] : []),
    program,
    'edge',
    '--data',
    dataDir,
    '--port',
    String(port),
    ...(allowUnsigned ? ['--allow-unsigned'] : []),
    ...(machine === undefined ? [] : ['--machine', machine]),
  ]
}
