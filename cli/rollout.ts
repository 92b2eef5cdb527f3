import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { plain } from '#central/registry/summary.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import {
  type RolloutDetail,
  type RolloutMachine,
  type RolloutPlanInput,
  type RolloutSummary,
  type rolloutMachinesPageSchema,
  type rolloutPageSchema,
  rolloutPlanSchema,
} from '#core/contracts/rollout.ts'
import { connectCentral, type Where } from './central-client.ts'
import { type Io, userPath } from './io.ts'
import { detailLines, machineLine, summaryLine } from './rollout-words.ts'

const pageSize = 500

/** Proposes what stands in a plan, or starts a draft by its number. */
export async function start(
  io: Io,
  plan: string,
  options: Where & { reason?: string },
): Promise<RolloutDetail> {
  const client = connectCentral(io, options)
  if (/^\d+$/.test(plan)) {
    const reason = options.reason ?? 'as drafted'
    return told(io, await client.json<RolloutDetail>('POST', `/api/rollouts/${plan}/start`, { reason }))
  }
  const body = { ...readPlan(io, plan), ...(options.reason !== undefined && { reason: options.reason }) }
  return told(io, await client.json<RolloutDetail>('POST', '/api/rollouts', body))
}

function readPlan(io: Io, name: string): RolloutPlanInput {
  const path = name === '-' ? 0 : userPath(io, name)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new EdgewrightError(
      'file-unreadable',
      `the plan ${name} cannot be read: ${(error as Error).message}`,
    )
  }
  const parsed = rolloutPlanSchema.safeParse(json)
  if (parsed.success) return json as RolloutPlanInput
  const [issue] = parsed.error.issues
  throw new EdgewrightError('request-invalid', `${name}: "${issue?.path.join('.')}": ${issue?.message}`, {
    hint: 'Correct the plan (docs/rollouts.md has one) and run the command again; nothing was proposed.',
  })
}

export async function list(
  io: Io,
  { model, open, ...where }: Where & { model?: string; open?: boolean },
): Promise<{ items: RolloutSummary[] }> {
  const client = connectCentral(io, where)
  const query = { limit: String(pageSize), ...(model && { model }), ...(open && { open: 'true' }) }
  const items: RolloutSummary[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page: z.infer<typeof rolloutPageSchema> = await client.json(
      'GET',
      `/api/rollouts?${new URLSearchParams({ ...query, ...(cursor && { cursor }) })}`,
    )
    items.push(...page.items)
    cursor = page.next
  }
  if (!io.json) for (const one of items) io.print(plain(summaryLine(one)))
  if (!io.json && items.length === 0) io.print('There is no rollout.')
  return { items }
}

export async function show(
  io: Io,
  id: number,
  { machines, ...where }: Where & { machines?: boolean },
): Promise<RolloutDetail & { machines?: RolloutMachine[] }> {
  const client = connectCentral(io, where)
  const detail = told(io, await client.json<RolloutDetail>('GET', `/api/rollouts/${id}`))
  if (!machines) return detail
  const all: RolloutMachine[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = new URLSearchParams({ limit: String(pageSize), ...(cursor && { cursor }) })
    const page: z.infer<typeof rolloutMachinesPageSchema> = await client.json(
      'GET',
      `/api/rollouts/${id}/machines?${query}`,
    )
    all.push(...page.items)
    cursor = page.next
  }
  if (!io.json) for (const one of all) io.print(plain(machineLine(one)))
  return { ...detail, machines: all }
}

export async function act(
  io: Io,
  id: number,
  what: 'pause' | 'resume' | 'skip',
  { reason, ...where }: Where & { reason: string },
): Promise<RolloutDetail> {
  const client = connectCentral(io, where)
  return told(io, await client.json<RolloutDetail>('POST', `/api/rollouts/${id}/${what}`, { reason }))
}

export async function abort(
  io: Io,
  id: number,
  { reason, takeBack = false, ...where }: Where & { reason: string; takeBack?: boolean },
): Promise<RolloutDetail> {
  const client = connectCentral(io, where)
  const body = { reason, takeBack }
  return told(io, await client.json<RolloutDetail>('POST', `/api/rollouts/${id}/abort`, body))
}

function told(io: Io, detail: RolloutDetail): RolloutDetail {
  if (!io.json) for (const line of detailLines(detail)) io.print(plain(line))
  return detail
}
