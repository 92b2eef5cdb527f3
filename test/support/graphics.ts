import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

const icd = 'vk_swiftshader_icd.json'

/** The folder of a Chromium that brings SwiftShader, Vulkan in software; undefined where there is none. */
export function swiftshaderFolder(): string | undefined {
  const { CHROMIUM_PATH } = process.env
  const playwright = join(homedir(), '.cache', 'ms-playwright')
  const own = existsSync(playwright)
    ? readdirSync(playwright).flatMap((version) => [
        join(playwright, version, 'chrome-linux'),
        join(playwright, version, 'chrome-linux64'),
      ])
    : []
  return [...(CHROMIUM_PATH ? [dirname(CHROMIUM_PATH)] : []), '/usr/lib/chromium', ...own].find(
    (folder) => existsSync(join(folder, icd)) && existsSync(join(folder, 'libvulkan.so.1')),
  )
}

/** What a process needs in its environment to see that driver, or the one of another file, and none else. */
export function vulkanEnv(folder: string, work: string, driver = join(folder, icd)): Record<string, string> {
  const runtime = join(work, 'run')
  mkdirSync(runtime, { recursive: true, mode: 0o700 })
  return {
    VK_ICD_FILENAMES: driver,
    VK_DRIVER_FILES: driver,
    LD_LIBRARY_PATH: folder,
    XDG_RUNTIME_DIR: runtime,
  }
}

/** Drivers that are there and no good: one whose library blocks whoever loads it, one that is cut short, one that is none. */
export async function brokenDriver(
  kind: 'hangs' | 'crashes' | 'is none',
  folder: string,
  work: string,
): Promise<string> {
  const library = join(work, `${kind.replace(' ', '-')}.so`)
  // Opening a named pipe for reading waits until somebody opens it for writing: nobody does.
  if (kind === 'hangs') execFileSync('mkfifo', [library])
  else if (kind === 'is none') writeFileSync(library, 'no library')
  else {
    await copyFile(join(folder, 'libvk_swiftshader.so'), library)
    // Its segments are mapped beyond the end of the file: SIGBUS (mmap(2)).
    truncateSync(library, 1 << 20)
  }
  const driver = join(work, `${kind.replace(' ', '-')}_icd.json`)
  writeFileSync(
    driver,
    JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.0.5' } }),
  )
  return driver
}
