import type { FastifyInstance, RouteOptions } from 'fastify'
import { z } from 'zod'
import { version } from '../version.ts'
import { needed, type RouteDoc } from './access.ts'

/** A route as it was registered. */
export interface KnownRoute {
  method: string
  url: string
  central: string
  doc: RouteDoc | undefined
}

/** Hears of every route of `app`; those that serve pages and files of pages are not of the API. */
export function collectRoutes(app: FastifyInstance): readonly KnownRoute[] {
  const known: KnownRoute[] = []
  app.addHook('onRoute', ({ method, url, config }: RouteOptions) => {
    for (const each of [method].flat())
      if (each !== 'HEAD' && each !== 'OPTIONS')
        known.push({ method: each, url, central: needed(config ?? {}, each), doc: config?.doc })
  })
  return known
}

export function openapiRoute(app: FastifyInstance, known: readonly KnownRoute[]): void {
  let document: object | undefined
  app.get(
    '/openapi.json',
    {
      config: {
        central: 'viewer',
        doc: { what: 'This document', answer: 'application/json' },
      },
    },
    async () => {
      document ??= openapi(known)
      return document
    },
  )
}

/** OpenAPI 3.1 out of the schemas that the routes parse with. */
export function openapi(known: readonly KnownRoute[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const { method, url, central, doc } of known) {
    if (!doc) continue
    const path = url.replace(/:(\w+)(\([^)]*\))?/g, '{$1}').replace(/\*$/, '{path}')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(path, central, doc) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Edgewright central', version },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Of the data folder, or a script’s own (ewt_…); in a browser a session cookie.',
        },
        device: { type: 'http', scheme: 'bearer', description: 'A machine’s access token (/sync/v1/token).' },
      },
      schemas: { Error: json(errorSchema, 'output') },
    },
    paths,
  }
}

const errorSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string() }),
})

function operation(path: string, central: string, doc: RouteDoc): object {
  const { what, params, query, body, answer, status = answer === undefined ? 204 : 200 } = doc
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true },
    schema: params?.shape[name ?? '']
      ? json(params.shape[name ?? ''] as z.ZodType, 'input')
      : { type: 'string' },
  }))
  const inQuery = Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    ...{ name, in: 'query', required: !(schema as z.ZodType).safeParse(undefined).success },
    schema: json(schema as z.ZodType, 'input'),
  }))
  const parameters = [...inPath, ...inQuery]
  return {
    summary: what,
    description:
      central === 'anyone' ? 'Open.' : central === 'device' ? 'For machines.' : `Role: ${central}.`,
    security: central === 'anyone' ? [] : [{ [central === 'device' ? 'device' : 'token']: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && { requestBody: { required: true, content: content(body, 'input') } }),
    responses: {
      [status]: { description: 'Done', ...(answer !== undefined && { content: content(answer, 'output') }) },
      default: {
        description: 'Refused or failed',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

const content = (of: z.ZodType | string, io: 'input' | 'output') =>
  typeof of === 'string' ? { [of]: {} } : { 'application/json': { schema: json(of, io) } }

/** What JSON Schema cannot say (a check in code, a transform's result) is left open. */
function json(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Record<
    string,
    unknown
  >
  return rest
}
