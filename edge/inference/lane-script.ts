import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The script of a lane's process: beside this file as source, beside the bundle's chunk when built. */
export const laneScript = (): string =>
  fileURLToPath(new URL(`./lane-process${extname(import.meta.url)}`, import.meta.url))
