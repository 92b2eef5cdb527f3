import { type Ownership, ownershipChangeSchema, ownershipDetailSchema } from '#core/contracts/ownership.ts'
import {
  aliasMovesPageSchema,
  aliasSchema,
  deployedPageSchema,
  deprecateSchema,
  discardSchema,
  moveAliasSchema,
  registryModelDetailSchema,
  registryPageSchema,
  registryVersionDetailSchema,
  repositoryStatusSchema,
  signaturesSchema,
  signingSchema,
  uploadedSchema,
  versionsPageSchema,
} from '#core/contracts/registry.ts'
import { type Answer, type Asked, pageFrom, Refused } from './fake-answer.ts'
import type { FakeCentral } from './fake-central.ts'
import { deployed, model, repository, signing, versionDetail, versions, where } from './fake-registry.ts'

const limits = ({ query }: Asked) => ({ limit: Number(query['limit'] ?? 100), cursor: query['cursor'] })

/** A registry in which aliases move, versions are deprecated and signatures come back. */
export function registryAnswers(fake: FakeCentral): [string, Answer][] {
  let [it, all, waits] = [model(), versions(), signing()]
  const party = { name: 'A. Berg', contact: 'berg@example.com' }
  const raci = {
    ...{ responsible: [party], accountable: party, consulted: [] },
    ...{ informed: [{ name: 'Shift leads' }], escalation: [{ name: 'On call', contact: '+45 20 30 40 50' }] },
  }
  let owned: Ownership = { model: 'milling', raci, from: 'manifest', version: '1.2.0', manifest: raci }
  let history: { at: string; by: string; reason: string; raci: typeof raci | null }[] = []
  const one = ({ params }: Asked) => {
    const found = all.find(({ version }) => version === params['version'])
    if (!found || params['model'] !== 'milling') throw new Refused('not-found', 'there is no such version')
    return found
  }
  const now = () => new Date(fake.nowMs()).toISOString()
  const moves = () => [
    {
      alias: 'staging',
      from: '1.0.4',
      to: '1.1.0',
      at: '2026-11-23T06:00:00Z',
      by: 'M. Sato',
      reason: 'Canary did well',
    },
  ]
  return [
    ['GET /api/registry', (asked) => registryPageSchema.parse(pageFrom([it], limits(asked)))],
    ['GET /api/registry/repository', () => repositoryStatusSchema.parse(repository())],
    ['GET /api/registry/signing', () => signingSchema.parse(waits)],
    [
      'GET /api/registry/signing/file',
      () => ({ format: 'made up', roles: waits.roles.map(({ role }) => role) }),
    ],
    ['GET /api/registry/models/:model', () => registryModelDetailSchema.parse({ ...it, where })],
    [
      'GET /api/registry/models/:model/versions',
      (asked) => versionsPageSchema.parse(pageFrom(all, limits(asked))),
    ],
    [
      'GET /api/registry/models/:model/versions/:version',
      (asked) => registryVersionDetailSchema.parse(versionDetail(one(asked))),
    ],
    [
      'PUT /api/registry/models/:model/versions/:version/deprecation',
      (asked) => {
        fake.needs('publisher')
        const change = deprecateSchema.parse(asked.body)
        const before = one(asked)
        const after = change.deprecated
          ? {
              ...{ ...before, state: 'deprecated' as const },
              deprecated: { reason: change.reason, by: 'M. Sato', at: now() },
              retireAt:
                change.retireAt === undefined ? null : { at: change.retireAt, from: 'central' as const },
            }
          : { ...before, state: 'published' as const, deprecated: null, retireAt: null }
        all = all.map((each) => (each === before ? after : each))
        return registryVersionDetailSchema.parse(versionDetail(after))
      },
    ],
    [
      'POST /api/registry/models/:model/versions/:version/discard',
      (asked) => {
        discardSchema.parse(asked.body)
        const before = one(asked)
        const after = { ...before, state: 'removed' as const, lacks: null }
        all = all.map((each) => (each === before ? after : each))
        return registryVersionDetailSchema.parse(versionDetail(after))
      },
    ],
    [
      'GET /api/registry/models/:model/history',
      (asked) => {
        const fits = deployed().filter(({ version }) => [undefined, version].includes(asked.query['version']))
        return deployedPageSchema.parse(pageFrom(fits, limits(asked)))
      },
    ],
    [
      'GET /api/registry/models/:model/aliases/history',
      (asked) => aliasMovesPageSchema.parse(pageFrom(moves(), limits(asked))),
    ],
    [
      'PUT /api/registry/models/:model/aliases/:alias',
      ({ params, body }) => {
        fake.needs(params['alias'] === 'production' ? 'approver' : 'publisher')
        const { version, reason } = moveAliasSchema.parse(body)
        const moved = aliasSchema.parse({
          ...{ alias: params['alias'], version, digest: '5'.repeat(64), since: now(), by: 'M. Sato', reason },
        })
        it = { ...it, aliases: it.aliases.map((each) => (each.alias === moved.alias ? moved : each)) }
        return moved
      },
    ],
    [
      'PUT /api/registry/packages',
      ({ query }) => {
        fake.needs('publisher')
        return uploadedSchema.parse({
          ...{ model: 'milling', version: '1.4.0', release: 7, digest: '7'.repeat(64), bytes: 1024 },
          ...{ family: query['family'] ?? 'milling', path: 'milling/1.4.0.ewp', known: false },
          ...{ voided: ['A. Berg'], live: [] },
          waiting: [{ role: 'models-milling', version: 13, why: 'it lacks 2 signatures' }],
        })
      },
    ],
    [
      'POST /api/registry/signatures',
      ({ body }) => {
        if (!(typeof body === 'object' && body !== null && 'format' in body))
          throw new Refused('request-invalid', 'what was sent is no signing file')
        waits = { roles: [] }
        all = all.map((each) =>
          each.state === 'proposed'
            ? {
                ...each,
                state: 'published',
                publishedAt: now(),
                signedBy: ['A. Berg', 'T. Okafor'],
                lacks: null,
              }
            : each,
        )
        return signaturesSchema.parse({
          imported: [{ role: 'models-milling', added: ['T. Okafor'] }],
          ...{ live: [{ role: 'models-milling', version: 12 }], waiting: [] },
        })
      },
    ],
    ['GET /api/ownership/:model', () => ownershipDetailSchema.parse({ ...owned, history })],
    [
      'PUT /api/ownership/:model',
      ({ body }) => {
        fake.needs('publisher')
        const change = ownershipChangeSchema.parse(body)
        history = [
          { at: now(), by: 'M. Sato', reason: change.reason, raci: change.raci as typeof raci | null },
          ...history,
        ]
        owned = { ...owned, raci: change.raci ?? raci, from: change.raci ? 'central' : 'manifest' }
        return ownershipDetailSchema.parse({ ...owned, history })
      },
    ],
  ]
}
