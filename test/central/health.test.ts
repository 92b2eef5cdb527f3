import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'

let site: CentralSite
beforeAll(async () => {
  site = await centralSite()
})
afterAll(() => site.remove())

it('answers, and says that it can work', async () => {
  expect((await fetch(`${site.url}/healthz`)).status).toBe(200)
  expect(await (await fetch(`${site.url}/readyz`)).json()).toEqual({ ready: true })
})

it('lets nobody in without token or session', async () => {
  const { status, body } = await site.ask<{ error: { code: string } }>('GET', '/api/nothing', undefined, {
    authorization: 'Bearer wrong',
  })
  expect([status, body.error.code]).toEqual([401, 'not-signed-in'])
})
