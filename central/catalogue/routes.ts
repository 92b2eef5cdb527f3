import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { pageQuerySchema } from '#core/contracts/central.ts'
import { modelIdSchema, versionSchema } from '#core/contracts/manifest.ts'
import {
  aliasMovesPageSchema,
  aliasNameSchema,
  aliasSchema,
  deployedPageSchema,
  deployedQuerySchema,
  deprecateSchema,
  discardSchema,
  moveAliasSchema,
  registryModelDetailSchema,
  registryPageSchema,
  registryQuerySchema,
  registryVersionDetailSchema,
  repositoryStatusSchema,
  signaturesSchema,
  signingSchema,
  uploadedSchema,
  uploadQuerySchema,
  versionsPageSchema,
} from '#core/contracts/registry.ts'
import { askerOf, type RouteDoc } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import { signingFileSchema } from '../registry/signing-file.ts'
import { type Catalogue, may } from './catalogue.ts'
import { deployedPage } from './deployed.ts'
import { signingFile, waiting } from './proposals.ts'
import { repositoryStatus } from './status.ts'
import { aliasHistory, aliasView, listModels, listVersions, modelDetail, versionDetail } from './views.ts'

const viewer = (doc: RouteDoc) => ({ config: { central: 'viewer' as const, doc } })
const publisher = (doc: RouteDoc) => ({ config: { central: 'publisher' as const, doc } })
const modelParams = z.object({ model: modelIdSchema })
const versionParams = modelParams.extend({ version: versionSchema })
const aliasParams = modelParams.extend({ alias: aliasNameSchema })
const historyQuery = pageQuerySchema.extend({ alias: aliasNameSchema.optional() })
const roleQuery = z.strictObject({ role: z.string().max(80).optional() })
const maxSigningBytes = 32 * 1024 * 1024

/** Models, versions, aliases, lineage and dates. */
export function registryRoutes(app: FastifyInstance, catalogue: Catalogue): void {
  const { parts } = catalogue
  const { base } = parts
  app.get(
    '/api/registry',
    viewer({
      what: 'Models that there are to deploy',
      query: registryQuerySchema,
      answer: registryPageSchema,
    }),
    async (request) => listModels(base, parseBody(registryQuerySchema, request.query)),
  )
  app.get(
    '/api/registry/repository',
    viewer({ what: 'The signed repository: who signs what, until when', answer: repositoryStatusSchema }),
    async () => repositoryStatus(parts),
  )
  app.get(
    '/api/registry/models/:model',
    viewer({
      what: 'One model: aliases, and where it runs',
      params: modelParams,
      answer: registryModelDetailSchema,
    }),
    async (request) => modelDetail(base, parseBody(modelParams, request.params).model),
  )
  app.get(
    '/api/registry/models/:model/versions',
    viewer({
      what: 'Its versions, highest release first',
      params: modelParams,
      query: pageQuerySchema,
      answer: versionsPageSchema,
    }),
    async (request) =>
      listVersions(
        base,
        parseBody(modelParams, request.params).model,
        parseBody(pageQuerySchema, request.query),
      ),
  )
  app.get(
    '/api/registry/models/:model/versions/:version',
    viewer({
      what: 'One version: manifest, card, lineage, approvals',
      params: versionParams,
      answer: registryVersionDetailSchema,
    }),
    async (request) => {
      const { model, version } = parseBody(versionParams, request.params)
      return versionDetail(base, model, version)
    },
  )
  app.put(
    '/api/registry/models/:model/versions/:version/deprecation',
    publisher({
      what: 'Deprecate a version, with or without a date; or take that back',
      params: versionParams,
      body: deprecateSchema,
      answer: registryVersionDetailSchema,
    }),
    async (request) => {
      const { model, version } = parseBody(versionParams, request.params)
      await catalogue.deprecate(
        model,
        version,
        parseBody(deprecateSchema, request.body),
        askerOf(request).name,
      )
      return versionDetail(base, model, version)
    },
  )
  app.post(
    '/api/registry/models/:model/versions/:version/discard',
    publisher({
      what: 'Take back what waits for signatures',
      params: versionParams,
      body: discardSchema,
      answer: registryVersionDetailSchema,
    }),
    async (request) => {
      const { model, version } = parseBody(versionParams, request.params)
      await catalogue.discard(model, version, parseBody(discardSchema, request.body), askerOf(request).name)
      return versionDetail(base, model, version)
    },
  )
  app.get(
    '/api/registry/models/:model/aliases/history',
    viewer({
      what: 'Every move of its aliases',
      params: modelParams,
      query: historyQuery,
      answer: aliasMovesPageSchema,
    }),
    async (request) =>
      aliasHistory(
        base,
        parseBody(modelParams, request.params).model,
        parseBody(historyQuery, request.query),
      ),
  )
  // Of `production` an approver, of every other one a publisher: the catalogue looks.
  app.put(
    '/api/registry/models/:model/aliases/:alias',
    viewer({
      what: 'Point an alias to another version; production needs an approver, every other a publisher',
      params: aliasParams,
      body: moveAliasSchema,
      answer: aliasSchema,
    }),
    async (request) => {
      const { model, alias } = parseBody(aliasParams, request.params)
      await catalogue.moveAlias(model, alias, parseBody(moveAliasSchema, request.body), askerOf(request))
      return aliasView(base, model, alias)
    },
  )
  app.get(
    '/api/registry/models/:model/history',
    viewer({
      what: 'What ran where, when, by whom',
      params: modelParams,
      query: deployedQuerySchema,
      answer: deployedPageSchema,
    }),
    async (request) =>
      deployedPage(
        base,
        parseBody(modelParams, request.params).model,
        parseBody(deployedQuerySchema, request.query),
      ),
  )
}

/** Packages in, and the signatures that let them out. */
export function signingRoutes(app: FastifyInstance, catalogue: Catalogue): void {
  const { parts } = catalogue
  app.get(
    '/api/registry/signing',
    viewer({ what: 'What waits for whose signatures', answer: signingSchema }),
    async () => waiting(parts),
  )
  app.get(
    '/api/registry/signing/file',
    viewer({ what: 'The file for those who sign', query: roleQuery, answer: signingFileSchema }),
    async (request, reply) => {
      const { role } = parseBody(roleQuery, request.query)
      const file = await signingFile(parts, role === undefined ? undefined : [role])
      reply.header('content-disposition', 'attachment; filename="to-sign.json"')
      return file
    },
  )
  // A signature proves itself; that it is brought by somebody who may do more than look keeps the record readable.
  app.post(
    '/api/registry/signatures',
    {
      ...viewer({
        what: 'A signing file that came back (publisher or approver)',
        body: signingFileSchema,
        answer: signaturesSchema,
      }),
      bodyLimit: maxSigningBytes,
    },
    async (request) => {
      const by = askerOf(request)
      if (!by.roles.includes('approver')) may(by, 'publisher', 'to bring signatures')
      return catalogue.takeSignatures(JSON.stringify(request.body ?? null), by.name)
    },
  )
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.put(
      '/api/registry/packages',
      publisher({
        what: 'A package file, to be proposed',
        query: uploadQuerySchema,
        body: 'application/octet-stream',
        answer: uploadedSchema,
      }),
      async (request) => {
        const { family, sha256, platform } = parseBody(uploadQuerySchema, request.query)
        const length = Number(request.headers['content-length'] ?? 0)
        return catalogue.upload(
          (request.body as AsyncIterable<Uint8Array> | undefined) ?? request.raw,
          { expect: sha256, length },
          { family, platforms: platform?.split(',') },
          askerOf(request).name,
        )
      },
    )
  })
}
