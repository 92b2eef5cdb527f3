import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { DownloadOptions } from '#edge/update/download/download.ts'

export function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-download-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

export interface Watched extends DownloadOptions {
  waits: number[]
  troubles: string[]
}

/** Options of a download into a folder, by default one of its own, that waits for nothing between its attempts. */
export function watched(options: Partial<DownloadOptions> = {}): Watched {
  const waits: number[] = []
  const troubles: string[] = []
  return {
    dir: join(folder(), 'updates'),
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    onTrouble: (why) => void troubles.push(why),
    ...options,
    limits: { reserveBytes: 0, unpackFactor: 0, ...options.limits },
    waits,
    troubles,
  }
}

export const filesIn = (dir: string): string[] => readdirSync(dir).sort()
