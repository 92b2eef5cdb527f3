import type { Manifest } from '#core/contracts/manifest.ts'
import { noRaci, type Owned, type Ownership, type Party, type Raci } from '#core/contracts/ownership.ts'

/** What the signed manifest says about people, as RACI: its owner is accountable, whoever is on call does the work. */
export function raciOfPeople({ owner, onCall, approver, escalation }: Manifest['people']): Raci {
  return {
    responsible: onCall ? [party(onCall)] : [],
    accountable: party(owner),
    consulted: approver ? [party(approver)] : [],
    informed: [],
    escalation: escalation ? [party(escalation)] : [],
  }
}

const party = ({ name, contact }: { name: string; contact?: string | undefined }): Party =>
  contact === undefined ? { name } : { name, contact }

/** What counts: what was edited here, else the manifest. */
export function ownershipOf(
  model: string,
  edited: Raci | null,
  published: { version: string; raci: Raci } | null,
): Ownership {
  return {
    model,
    raci: edited ?? published?.raci ?? noRaci,
    from: edited ? 'central' : published ? 'manifest' : 'nobody',
    version: published?.version ?? null,
    manifest: published?.raci ?? null,
  }
}

/** Who answers for it. `told`: the name that came with an alert, out of the manifest on the machine. */
export function ownerOf(ownership: Ownership | undefined, told: string | null): Owned {
  const accountable = ownership?.raci.accountable
  if (ownership && accountable && ownership.from !== 'nobody')
    return { name: accountable.name, contact: accountable.contact ?? null, from: ownership.from }
  if (told !== null) return { name: told, contact: null, from: 'alert' }
  return { name: null, contact: null, from: 'nobody' }
}

/** Who does the work of a retraining: whoever is responsible, else the owner, else who decided that it be asked for. */
export function workerOf(ownership: Ownership | undefined, decidedBy: Party | null): Owned {
  const responsible = ownership?.raci.responsible[0]
  if (ownership && responsible && ownership.from !== 'nobody')
    return { name: responsible.name, contact: responsible.contact ?? null, from: ownership.from }
  const owner = ownerOf(ownership, null)
  if (owner.name !== null || !decidedBy) return owner
  return { name: decidedBy.name, contact: decidedBy.contact ?? null, from: 'alert' }
}

/**
 * Whom to tell that nobody acknowledged an alert, to be tried in this order: whom its own rule names (after those of the model,
 * where central edited them), those of the model, its owner, the admins.
 */
export function escalationChain(
  ownership: Ownership | undefined,
  ofRule: Party | null,
  admins: readonly string[],
): Party[] {
  const ofModel = ownership?.raci.escalation ?? []
  const edited = ownership?.from === 'central' && ofModel.length > 0
  const rule = ofRule ? [ofRule] : []
  return [
    ...(edited ? [...ofModel, ...rule] : [...rule, ...ofModel]),
    ...(ownership?.raci.accountable ? [ownership.raci.accountable] : []),
    ...admins.map((contact) => ({ name: 'Admin', contact })),
  ]
}
