import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { pages } from '#edge/api/pages.ts'

/** The addresses of the console's own router. */
const router = readFileSync(join(import.meta.dirname, '../../../renderer/edge/router.tsx'), 'utf8')
const screens = [...router.matchAll(/path: '([^']+)'/g)].map(([, path]) => path!)

describe('the console’s pages', () => {
  it('finds the screens', () => expect(screens).toContain('/import'))

  it.each(screens)('serves %s, as after a reload', async (path) => {
    const app = fastify()
    await pages(app, undefined)
    const { statusCode, headers } = await app.inject({ url: path.replace('$id', 'one') })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
  })
})
