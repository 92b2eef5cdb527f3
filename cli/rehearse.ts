import { readFileSync } from 'node:fs'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type Guardrail, guardrailSchema, type Rehearsal } from '#core/contracts/guardrail.ts'
import { connect } from './edge-client.ts'
import { type Io, userPath } from './io.ts'

/** Tells what the guardrails of the running version, or those of a file, would have done with what the journal holds. */
export async function rehearse(
  io: Io,
  model: string,
  options: { edge?: string; data?: string; from?: string; to?: string; guardrails?: string },
): Promise<Rehearsal> {
  const { from, to } = options
  const times = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) }
  const path = `/api/models/${encodeURIComponent(model)}/guardrails/rehearsal`
  const client = connect(io, options)
  const rehearsal =
    options.guardrails === undefined
      ? await client.json<Rehearsal>('GET', `${path}?${new URLSearchParams(times)}`)
      : await client.json<Rehearsal>('POST', path, { guardrails: read(io, options.guardrails), ...times })
  if (!io.json) print(io, rehearsal)
  return rehearsal
}

/** A manifest, or a list of guardrails as in one. */
function read(io: Io, file: string): Guardrail[] {
  const path = userPath(io, file)
  let found: unknown
  try {
    found = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new EdgewrightError(
      'file-unreadable',
      `${path} cannot be read as JSON (${(error as Error).message})`,
    )
  }
  const list = Array.isArray(found) ? found : (found as { guardrails?: unknown } | null)?.guardrails
  const parsed = guardrailSchema.array().min(1).max(32).safeParse(list)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new EdgewrightError(
    'manifest-refused',
    `${path}: guardrails: ${[...issue.path, issue.message].join(': ')}`,
    {
      hint: 'Give a model.json with "guardrails", or a JSON array of them; docs/guardrails.md shows their form.',
    },
  )
}

function print(io: Io, { guardrails, readings, versions, text }: Rehearsal): void {
  if (guardrails.length === 0) io.print('The running version has no guardrails.')
  for (const one of guardrails) io.print(`${one.id} (${one.action}): ${one.text}`)
  const answered = versions.length > 0 ? `, answered by version ${versions.join(', ')}` : ''
  io.print(`${readings} readings looked at${answered}.${text ? ` ${text}` : ''}`)
}
