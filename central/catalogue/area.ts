import { join } from 'node:path'
import type { Area } from '../area.ts'
import { fileArtefacts } from '../artefacts/file-artefacts.ts'
import { type S3Settings, s3Artefacts } from '../artefacts/s3-artefacts.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import type { SigningKey } from '../registry/key.ts'
import { Catalogue } from './catalogue.ts'
import { registryRoutes, signingRoutes } from './routes.ts'
import { repositoryRoutes } from './serve.ts'

export interface RegistryOptions {
  /** Those of snapshot and timestamp bring live what people have signed. */
  keys: readonly SigningKey[]
  /** Where artefacts lie; absent: `DATA/artefacts`. */
  s3?: S3Settings | undefined
  /** Tells those outside who want to know of versions. */
  publish: Notifier['publish']
}

/** What there is to deploy: `DATA/repository`, `DATA/artefacts`, and what the database says of them. */
export async function registryArea(base: Base, { keys, s3, publish }: RegistryOptions): Promise<Area> {
  const dir = join(base.dataDir, 'repository')
  const folder = join(base.dataDir, 'artefacts')
  const artefacts = s3 ? await s3Artefacts(folder, s3) : await fileArtefacts(folder)
  const catalogue = new Catalogue({ base, dir, artefacts, keys, publish, now: base.now })
  return {
    routes: (app) => {
      repositoryRoutes(app, { dir, artefacts })
      registryRoutes(app, catalogue)
      signingRoutes(app, catalogue)
    },
    start: () => catalogue.look({ again: true }).catch(base.failed), // What is wrong with a repository is shown, and stops nothing else.
    tick: async () => {
      await catalogue.look()
      await catalogue.tellRetirements()
    },
  }
}
