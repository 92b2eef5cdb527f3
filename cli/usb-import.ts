import { createInterface } from 'node:readline/promises'
import { EdgewrightError } from '#core/contracts/errors.ts'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { connect, type EdgeClient } from './edge-client.ts'
import { type Io, userPath } from './io.ts'

export interface UsbImportOptions {
  edge?: string
  data?: string
  yes?: boolean
  writeBack?: boolean
}

/**
 * Lets an edge read a stick, shows what that would change, and does it once a person says yes. Rejects where something on it
 * could not be installed; the rest of it holds.
 */
export async function usbImport(
  io: Io,
  dir: string,
  options: UsbImportOptions,
): Promise<{ summary: ImportSummary; imported: Imported | null }> {
  const client = connect(io, options)
  const summary = await client.json<ImportSummary>('POST', '/api/updates/import', { path: userPath(io, dir) })
  const say = io.json ? io.note : io.print
  for (const line of inWords(summary)) say(line)
  const at = `/api/updates/import/${encodeURIComponent(summary.id)}`
  if (!isNews(summary) && !options.writeBack) {
    await client.send('DELETE', at)
    return { summary, imported: null }
  }
  if (!options.yes) await confirmed(client, at)
  const imported = await client.json<Imported>('POST', `${at}/confirm`, {
    writeBack: options.writeBack ?? false,
  })
  for (const { model, version, ok, what } of imported.packages)
    say(`${model} ${version}: ${ok ? '' : 'not installed: '}${what}`)
  if (imported.wroteBack !== null) say(`audit record and log: ${imported.wroteBack}`)
  if (imported.writeBackProblem !== undefined)
    io.note(`Audit record and log were not written back: ${imported.writeBackProblem}`)
  const failed = imported.packages.find(({ ok }) => !ok)
  if (failed)
    throw new EdgewrightError(
      'update-refused',
      `${failed.model} ${failed.version} was not installed: ${failed.what}`,
      {
        hint: 'What it replaces runs on. The rest of the stick was taken; edgewright update status shows it.',
      },
    )
  return { summary, imported }
}

const isNews = ({ roles, packages, revokes }: ImportSummary): boolean =>
  roles.length + revokes.length > 0 || packages.some(({ skipped }) => skipped === undefined)

/** As a person decides about it: what comes, by whom it is signed, what it replaces; what stops; what is left out. */
export function inWords(summary: ImportSummary): string[] {
  const { packages, problems, problem, revokes, roles, rootRotations } = summary
  return [
    isNews(summary) ? `${summary.path} would change:` : `${summary.path} brings nothing new.`,
    ...revokes.map(
      ({ model, version, action, reason }) =>
        `  ${model} ${version} is revoked and ${action === 'stop' ? 'must stop' : 'runs on under a warning'}: ${reason}`,
    ),
    ...packages.map(({ model, version, skipped, signedBy, threshold, keys, replaces, activate }) =>
      skipped === undefined
        ? `  ${model} ${version}, signed by ${signedBy.length} of ${keys} (${signedBy.join(', ')}; ${threshold} needed), ${replaces === null ? 'the first version here' : `replaces ${replaces}`}${activate === 'at-once' ? '' : '; a technician starts it'}`
        : `  ${model} ${version}: not installed: ${skipped}`,
    ),
    ...problems.map(({ model, version, problem: why }) => `  ${model} ${version}: not installed: ${why}`),
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...(rootRotations > 0 ? [`  the signers' keys have changed: ${rootRotations} new root(s)`] : []),
    ...(roles.length > 0
      ? [
          `  metadata: ${roles.map(({ role, version, here }) => `${role} ${version} (${here ?? 'none'} here)`).join(', ')}`,
        ]
      : []),
  ]
}

/** Otherwise nothing was changed, and the copy of the stick is given up. */
async function confirmed(client: EdgeClient, at: string): Promise<void> {
  try {
    if (!process.stdin.isTTY)
      throw new EdgewrightError('request-invalid', 'nobody can be asked whether this is to be done', {
        hint: 'Nothing was changed. Read what is shown, then add --yes.',
      })
    const terminal = createInterface({ input: process.stdin, output: process.stderr })
    try {
      if ((await terminal.question('Do it? Type yes: ')).trim().toLowerCase() === 'yes') return
    } finally {
      terminal.close()
    }
    throw new EdgewrightError('cancelled', 'the import was not confirmed', { hint: 'Nothing was changed.' })
  } catch (error) {
    await client.send('DELETE', at)
    throw error
  }
}
