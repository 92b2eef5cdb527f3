import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '#edge/update/metadata/refusal.ts'
import { defaultLimits, tufRules } from '#edge/update/metadata/rules.ts'
import { Session } from '#edge/update/metadata/session.ts'
import { cached, fetchArtefact } from './artefacts.ts'
import { findTarget } from './find-target.ts'
import { loadTrusted, storeTrusted } from './folder.ts'
import { plainSource } from './plain-source.ts'

/** `init ROOT`, `refresh` or `download`; exit code 0 where all of it succeeded, else 1 and the reason on stderr. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'metadata-dir': { type: 'string' },
      'metadata-url': { type: 'string' },
      'target-name': { type: 'string', multiple: true },
      'target-base-url': { type: 'string' },
      'target-dir': { type: 'string' },
    },
  })
  const needed = (name: 'metadata-dir' | 'metadata-url' | 'target-base-url' | 'target-dir'): string => {
    const value = values[name]
    if (value === undefined) throw new Error(`--${name} is missing`)
    return value
  }
  const dir = needed('metadata-dir')
  const [command, root] = positionals
  if (command === 'init') return copyFile(root ?? '', join(dir, 'root.json'))
  if (command !== 'refresh' && command !== 'download') throw new Error(`unknown command ${command}`)

  const terms = { nowMs: Date.now(), rules: tufRules, limits: defaultLimits }
  const session = new Session(await loadTrusted(dir), plainSource(needed('metadata-url')), terms)
  try {
    await session.topLevel()
    for (const path of command === 'download' ? (values['target-name'] ?? []) : []) {
      const target = await findTarget(session, path)
      const folder = needed('target-dir')
      if (await cached(folder, target)) continue
      const isConsistent = session.chain.root.signed.consistent_snapshot
      await fetchArtefact(needed('target-base-url'), folder, target, isConsistent)
    }
  } finally {
    await storeTrusted(dir, session.chain.trusted())
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
})
