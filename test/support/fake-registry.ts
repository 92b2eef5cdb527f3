import type { RegistryModel, RegistryVersion } from '#core/contracts/registry.ts'

const at = '2026-11-20T09:00:00Z'

export const version = (name: string, release: number): RegistryVersion => ({
  ...{
    model: 'milling',
    version: name,
    release,
    digest: String(release).repeat(64),
    bytes: 4_194_304,
    family: 'milling',
  },
  ...{
    state: 'published',
    title: { en: 'Milling failure', de: 'Fräsausfall' },
    proposedAt: at,
    proposedBy: 'M. Sato',
  },
  ...{ publishedAt: at, signedBy: ['A. Berg', 'M. Sato'], threshold: 2, keys: 3, lacks: null, aliases: [] },
  ...{ retireAt: null, deprecated: null, revoked: null, running: 24 },
})

export const model = (): RegistryModel => ({
  ...{ model: 'milling', title: { en: 'Milling failure', de: 'Fräsausfall' }, owner: 'A. Berg' },
  ...{
    newest: { version: '1.2.0', release: 5, publishedAt: at },
    versions: 4,
    proposed: 0,
    running: 241,
    nextRetirement: null,
  },
  aliases: [
    {
      alias: 'production',
      version: '1.0.4',
      digest: '3'.repeat(64),
      since: at,
      by: 'A. Berg',
      reason: 'As agreed',
    },
  ],
})
