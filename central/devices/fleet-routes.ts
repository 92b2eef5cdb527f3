import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { pageQuerySchema } from '#core/contracts/central.ts'
import {
  chooseRequestSchema,
  chosenSchema,
  confirmDeviceSchema,
  deviceDetailSchema,
  deviceLabelsSchema,
  deviceNameSchema,
  devicePlaceSchema,
  deviceReasonSchema,
  deviceSummarySchema,
  devicesPageSchema,
  devicesQuerySchema,
  fleetQuerySchema,
  fleetSummarySchema,
  joinCodesPageSchema,
  madeJoinCodeSchema,
  newJoinCodeSchema,
} from '#core/contracts/fleet.ts'
import { digestSchema } from '#core/contracts/update.ts'
import { askerOf } from '../api/access.ts'
import { parseBody } from '../api/body.ts'
import type { FleetKeeper } from './fleet-keeper.ts'
import type { FleetViews } from './fleet-views.ts'
import type { JoinCodes } from './join-codes.ts'

const params = z.object({ device: digestSchema })
const codeParams = z.object({
  id: z.coerce
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1),
})

export interface FleetParts {
  keeper: FleetKeeper
  views: FleetViews
  codes: JoinCodes
}

/** The fleet, as people see it and change it. */
export function fleetRoutes(app: FastifyInstance, { keeper, views, codes }: FleetParts): void {
  app.get(
    '/api/fleet',
    {
      config: {
        central: 'viewer',
        doc: { what: 'The fleet at a glance, by site', query: fleetQuerySchema, answer: fleetSummarySchema },
      },
    },
    async (request) => {
      const { squares, site } = parseBody(fleetQuerySchema, request.query)
      return views.fleet(squares, site)
    },
  )
  app.get(
    '/api/devices',
    {
      config: {
        central: 'viewer',
        doc: { what: 'Machines, by site and name', query: devicesQuerySchema, answer: devicesPageSchema },
      },
    },
    async (request) => views.list(parseBody(devicesQuerySchema, request.query)),
  )
  app.get(
    '/api/devices/:device',
    {
      config: {
        central: 'viewer',
        doc: { what: 'All about one machine', params, answer: deviceDetailSchema },
      },
    },
    async (request) => views.detail(parseBody(params, request.params).device),
  )
  app.post(
    '/api/devices/choose',
    {
      config: {
        central: 'publisher',
        doc: {
          what: 'Which machines a choice would mean now',
          body: chooseRequestSchema,
          answer: chosenSchema,
        },
      },
    },
    async (request) => {
      const { choose, salt } = parseBody(chooseRequestSchema, request.body)
      return views.chosen(choose, salt)
    },
  )
  changes(app, keeper, views)
  joinCodeRoutes(app, codes)
}

type Does<T> = (device: string, body: T, by: string) => Promise<void>

function changes(app: FastifyInstance, keeper: FleetKeeper, views: FleetViews): void {
  const does = <S extends z.ZodType>(
    method: 'POST' | 'PUT',
    word: string,
    central: 'admin' | 'publisher',
    what: string,
    schema: S,
    act: Does<z.output<S>>,
  ) =>
    app.route({
      method,
      url: `/api/devices/:device/${word}`,
      config: { central, doc: { what, params, body: schema, answer: deviceSummarySchema } },
      handler: async (request: FastifyRequest) => {
        const { device } = parseBody(params, request.params)
        await act(device, parseBody(schema, request.body), askerOf(request).name)
        return views.summary(device)
      },
    })
  does(
    'POST',
    'confirm',
    'admin',
    'Its fingerprint was compared: it may sync',
    confirmDeviceSchema,
    (device, body, by) => keeper.confirm(device, body.fingerprint, by),
  )
  does('POST', 'revoke', 'admin', 'Refuse its key for good', deviceReasonSchema, (device, { reason }, by) =>
    keeper.revoke(device, reason, by),
  )
  does(
    'POST',
    'quarantine',
    'admin',
    'Take nothing from it for now',
    deviceReasonSchema,
    (device, { reason }, by) => keeper.quarantine(device, reason, by),
  )
  does('POST', 'lift', 'admin', 'End its quarantine', deviceReasonSchema, (device, { reason }, by) =>
    keeper.lift(device, reason, by),
  )
  does(
    'PUT',
    'labels',
    'publisher',
    'Its labels, all of them',
    deviceLabelsSchema,
    (device, { labels }, by) => keeper.label(device, labels, by),
  )
  does(
    'PUT',
    'place',
    'admin',
    'Where it stands: site and groups',
    devicePlaceSchema,
    (device, { reason, ...to }, by) => keeper.move(device, to, reason, by),
  )
  does('PUT', 'name', 'admin', 'What people call it', deviceNameSchema, (device, { name, reason }, by) =>
    keeper.rename(device, name, reason, by),
  )
}

function joinCodeRoutes(app: FastifyInstance, codes: JoinCodes): void {
  app.post(
    '/api/join-codes',
    {
      config: {
        central: 'admin',
        doc: {
          what: 'Make a join code, told once',
          body: newJoinCodeSchema,
          answer: madeJoinCodeSchema,
          status: 201,
        },
      },
    },
    async (request, reply) => {
      const made = await codes.make(parseBody(newJoinCodeSchema, request.body), askerOf(request).name)
      return reply.code(201).header('cache-control', 'no-store').send(made)
    },
  )
  app.get(
    '/api/join-codes',
    {
      config: {
        central: 'admin',
        doc: {
          what: 'Join codes that were made, newest first',
          query: pageQuerySchema,
          answer: joinCodesPageSchema,
        },
      },
    },
    async (request) => {
      const { limit, cursor } = parseBody(pageQuerySchema, request.query)
      return codes.list(limit, cursor)
    },
  )
  app.delete(
    '/api/join-codes/:id',
    { config: { central: 'admin', doc: { what: 'Withdraw a join code', params: codeParams } } },
    async (request, reply) => {
      await codes.withdraw(parseBody(codeParams, request.params).id, askerOf(request).name)
      return reply.code(204).send()
    },
  )
}
