import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import type { Plan, PlanRole } from '#central/registry/init.ts'
import { readPublicKey } from '#central/registry/key-file.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { nameSchema } from '#core/contracts/update.ts'

const fileRole = z.strictObject({ keys: z.array(z.string()).min(1), threshold: z.int().min(1).optional() })
export type FileRole = z.infer<typeof fileRole>

/** A plan as people write it: keys are files, by path from the plan's own folder. */
export const filePlanSchema = z.strictObject({
  root: fileRole,
  targets: fileRole,
  snapshot: fileRole,
  timestamp: fileRole,
  families: z.record(nameSchema, fileRole).default({}),
  sites: z.record(nameSchema, fileRole).default({}),
  app: fileRole.optional(),
  days: z.record(z.enum(['root', 'targets', 'snapshot', 'timestamp']), z.int()).optional(),
  note: z.string().optional(),
})
type FilePlan = z.infer<typeof filePlanSchema>

export async function readPlan(path: string): Promise<FilePlan> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new EdgewrightError('file-unreadable', `the plan ${path} cannot be read: ${error.message}`)
  })
  try {
    return filePlanSchema.parse(JSON.parse(text))
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined
    const inner = issue?.code === 'invalid_key' ? (issue.issues[0] ?? issue) : issue
    const why = issue ? `${issue.path.join('.')}: ${inner?.message}` : (error as Error).message
    throw new EdgewrightError('request-invalid', `${path} is no plan: ${why}`, {
      hint: 'docs/signing.md shows one.',
      cause: error,
    })
  }
}

export async function withKeys(plan: FilePlan, from: string): Promise<Plan> {
  const role = async ({ keys, threshold }: FileRole): Promise<PlanRole> => ({
    keys: await Promise.all(keys.map((file) => readPublicKey(resolve(from, file)))),
    ...(threshold !== undefined && { threshold }),
  })
  const roles = async (all: Record<string, FileRole>) =>
    Object.fromEntries(
      await Promise.all(Object.entries(all).map(async ([name, one]) => [name, await role(one)] as const)),
    )
  return {
    root: await role(plan.root),
    targets: await role(plan.targets),
    snapshot: await role(plan.snapshot),
    timestamp: await role(plan.timestamp),
    families: await roles(plan.families),
    sites: await roles(plan.sites),
    ...(plan.app && { app: await role(plan.app) }),
    ...(plan.days && { days: plan.days }),
    ...(plan.note !== undefined && { note: plan.note }),
  }
}
