import { lstat, readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Drive } from '#core/contracts/update.ts'
import { stickFolder } from '#core/update/names.ts'

/** What the system tells of its drives; see systeminformation's blockDevices and fsSize. */
export interface Listing {
  blocks: {
    mount: string
    removable: boolean
    protocol: string
    label: string
    model: string
    fsType: string
  }[]
  sizes: { mount: string; type: string; available: number }[]
  /** Folders in which systems mount what people plug in (`/media/…`, `/run/media/NAME/…`, `/Volumes/…`). */
  plugged: string[]
}

/** Over a network that hangs, each look at a folder would hang as well. */
const overNetwork = /^(nfs|cifs|smb|fuse\.sshfs|afp|webdav|9p)/i

type Candidate = Omit<Drive, 'repository'>

/** Where a stick may be: what is removable, and what is mounted where systems mount sticks. Pure. */
export function candidates({ blocks, sizes, plugged }: Listing): Candidate[] {
  const found = new Map<string, Candidate>()
  const freeOf = (mount: string) => sizes.find((size) => size.mount === mount)
  for (const { mount, removable, protocol, label, model } of blocks) {
    if (mount === '' || !mount.match(/^(\/|[A-Za-z]:)/) || !(removable || protocol.toLowerCase() === 'usb'))
      continue
    if (isSystem(mount)) continue
    const path = /^[A-Za-z]:$/.test(mount) ? `${mount}\\` : mount
    const free = freeOf(mount)?.available
    found.set(path, { path, label: label || model || path, removable: true, freeBytes: free ?? null })
  }
  for (const path of plugged) {
    const size = freeOf(path)
    if (found.has(path) || overNetwork.test(size?.type ?? '')) continue
    found.set(path, { path, label: basename(path), removable: false, freeBytes: size?.available ?? null })
  }
  return [...found.values()]
}

const isSystem = (mount: string) =>
  mount === '/' || mount === '[SWAP]' || /^\/(boot|usr|var|home)(\/|$)/.test(mount)

/** Long enough for a drive that spins up; a look that takes longer is left behind. */
const patienceMs = 4_000

/**
 * Drives that may hold a repository, those that do first. One that does not answer in time is told without one. `look`
 * replaces the system in tests.
 */
export async function listDrives(look: () => Promise<Listing> = lookAtSystem): Promise<Drive[]> {
  const listing = await patiently(look(), { blocks: [], sizes: [], plugged: [] })
  const drives = await Promise.all(
    candidates(listing).map(async (drive) => ({
      ...drive,
      repository: await patiently(repositoryIn(drive.path), null),
    })),
  )
  return drives
    .filter(({ removable, repository }) => removable || repository !== null)
    .sort(
      (a, b) => Number(b.repository !== null) - Number(a.repository !== null) || (a.path < b.path ? -1 : 1),
    )
}

async function repositoryIn(path: string): Promise<string | null> {
  const folder = join(path, stickFolder)
  const found = await lstat(folder).catch(() => undefined) // not readable: nothing to offer
  return found?.isDirectory() ? folder : null
}

async function lookAtSystem(): Promise<Listing> {
  const { default: si } = await import('systeminformation')
  const [blocks, sizes, plugged] = await Promise.all([si.blockDevices(), si.fsSize(), pluggedFolders()])
  return {
    blocks: blocks.map(({ mount, removable, protocol, label, model, fsType }) => ({
      mount: mount ?? '',
      removable: removable ?? false,
      protocol: protocol ?? '',
      label: label ?? '',
      model: model ?? '',
      fsType: fsType ?? '',
    })),
    sizes: sizes.map(({ mount, type, available }) => ({ mount, type, available })),
    plugged,
  }
}

async function pluggedFolders(): Promise<string[]> {
  const inside = async (dir: string) =>
    (await readdir(dir, { withFileTypes: true }).catch(() => [])) // there is no such folder on this system
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(dir, name))
  const below = async (dir: string) => (await Promise.all((await inside(dir)).map(inside))).flat()
  const found = await Promise.all([
    inside('/media'),
    below('/media'),
    below('/run/media'),
    inside('/Volumes'),
  ])
  return found.flat().filter((path) => !path.includes(`${stickFolder}`))
}

/** `otherwise` where it takes too long or fails; what is left behind ends by itself. */
async function patiently<T>(work: Promise<T>, otherwise: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<T>((done) => {
    timer = setTimeout(() => done(otherwise), patienceMs)
  })
  const settled = work.catch(() => otherwise)
  return Promise.race([settled, enough]).finally(() => clearTimeout(timer))
}
