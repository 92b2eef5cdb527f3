import { basename, delimiter, join } from 'node:path'

/** What can be seen of the machine without asking any driver. Injected, so that other machines can be told in tests. */
export interface Seen {
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
  exists(path: string): boolean
  /** Text of a file; undefined where it cannot be read. */
  read(path: string): string | undefined
  /** Names in a folder, sorted; none where it cannot be read. */
  list(folder: string): string[]
}

export type VulkanHere = { here: true; drivers: string[] } | { here: false; why: string }

/**
 * WebGPU on Linux runs on Vulkan: is there a loader, and does it find any driver? Where it looks is as in the loader's own
 * document on drivers (LoaderDriverInterface: VK_DRIVER_FILES, its older name VK_ICD_FILENAMES, and icd.d folders).
 */
export function vulkanHere(seen: Seen): VulkanHere {
  if (!hasLibrary(seen, 'libvulkan.so.1')) return { here: false, why: 'Vulkan is not installed' }
  const named = seen.env['VK_DRIVER_FILES'] ?? seen.env['VK_ICD_FILENAMES']
  const files = named
    ? named.split(delimiter).filter(Boolean)
    : icdFolders(seen.env).flatMap((folder) =>
        seen
          .list(folder)
          .filter((name) => name.endsWith('.json'))
          .map((name) => join(folder, name)),
      )
  const drivers = files.filter((file) => seen.exists(file))
  if (drivers.length > 0) return { here: true, drivers }
  return {
    here: false,
    why: named ? `the Vulkan driver ${named} does not exist` : 'no Vulkan driver is installed',
  }
}

/** What a driver is called: its file's name without what all of them end with. */
export const driverName = (file: string): string =>
  basename(file).replace(/(?:[_.]icd)?(?:\.\w+)?\.json$/, '')

function icdFolders(env: Seen['env']): string[] {
  const home = env['HOME'] ?? ''
  const roots = [
    env['XDG_CONFIG_HOME'] ?? join(home, '.config'),
    ...(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg').split(delimiter),
    '/etc',
    env['XDG_DATA_HOME'] ?? join(home, '.local/share'),
    ...(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share').split(delimiter),
  ]
  return [...new Set(roots.filter(Boolean))].map((root) => join(root, 'vulkan', 'icd.d'))
}

/** Whether the dynamic loader would find a library by this name (ld.so(8)): by LD_LIBRARY_PATH, its cache or its own folders. */
export function hasLibrary(seen: Seen, name: string): boolean {
  const folders = (seen.env['LD_LIBRARY_PATH'] ?? '').split(delimiter).filter(Boolean)
  return (
    [...folders, '/lib', '/usr/lib', '/lib64', '/usr/lib64'].some((folder) =>
      seen.exists(join(folder, name)),
    ) ||
    (seen.read('/etc/ld.so.cache')?.includes(`${name}\0`) ?? false)
  )
}
