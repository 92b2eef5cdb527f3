import { assign, unassign } from '#central/registry/changes.ts'
import type { Settled } from '#central/registry/settle.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { type AssignmentCustom, nameSchema } from '#core/contracts/update.ts'
import type { Io } from './io.ts'
import { change, type DeskOptions } from './repo-desk.ts'

/** SITE, or SITE/GROUP. */
function place(text: string): { site: string; group: string | null } {
  const [site, group = null, ...more] = text.split('/')
  if (
    more.length === 0 &&
    nameSchema.safeParse(site).success &&
    (group === null || nameSchema.safeParse(group).success)
  )
    return { site: site!, group }
  throw new EdgewrightError('request-invalid', `"${text}" is no site, and no group at one`, {
    hint: 'Write SITE or SITE/GROUP, such as plant-1/line-a: lower-case letters, digits and hyphens.',
  })
}

/** Says what a site, or a group of machines at it, is to run of one model. */
export async function assignModel(
  io: Io,
  where: string,
  model: string,
  version: string,
  { byTechnician, ...options }: DeskOptions & { byTechnician?: boolean },
): Promise<{ assigned: AssignmentCustom } & Settled> {
  const to = place(where)
  const activate = byTechnician ? 'by-technician' : 'at-once'
  return change(io, options, (repository, nowMs) => {
    const assigned = assign(repository, { ...to, model, version, activate }, nowMs)
    if (!io.json)
      io.print(`${where}: ${model} ${version}, ${byTechnician ? 'when a technician says so' : 'at once'}`)
    return { assigned }
  })
}

/** Takes an assignment away; the machines keep what they run. */
export async function unassignModel(
  io: Io,
  where: string,
  model: string,
  options: DeskOptions,
): Promise<Settled> {
  const from = place(where)
  return change(io, options, (repository, nowMs) => {
    unassign(repository, { ...from, model }, nowMs)
    return {}
  })
}
