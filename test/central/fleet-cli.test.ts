import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as fleet from '#cli/fleet.ts'
import type { Io } from '#cli/io.ts'
import { type CentralSite, centralSite } from '#support/central/central-site.ts'
import { Joiner, readCode, reportOf } from '#support/central/joining.ts'

let site: CentralSite
let where: { central: string }
const said: string[] = []
const io: Io = {
  env: {},
  print: (text) => said.push(text),
  note: (text) => said.push(`note: ${text}`),
  json: false,
}
const saying = async (work: Promise<unknown>) => {
  said.length = 0
  await work
  return said.join('\n')
}

beforeAll(async () => {
  site = await centralSite()
  where = { central: site.url }
  io.env['EDGEWRIGHT_TOKEN'] = site.token
})
afterAll(() => site.remove())

describe('edgewright fleet', () => {
  it('takes a machine in, from the code to the first heartbeat', async () => {
    expect(await saying(fleet.list(io, { ...where, limit: 10 }))).toBe('No machine fits.')
    const options = { ...where, group: ['press'], label: ['line=2'], hours: 1 }
    const [code = '', ...notes] = (await saying(fleet.makeJoinCode(io, 'plant-a', options))).split('\n')
    expect(notes.join('\n')).toMatch(/plant-a.*not shown again.*no signed repository/s)
    const one = new Joiner(site)
    await one.enrol(readCode(code))
    expect(await saying(fleet.status(io, where))).toMatch(/1 wait for their fingerprint/)
    const digits = one.device.slice(0, 16)
    await expect(
      fleet.confirm(io, 'press 4', { ...where, fingerprint: digits.replaceAll(/./g, 'f') }),
    ).rejects.toThrow(/fingerprint/)
    expect(await saying(fleet.confirm(io, 'Press 4', { ...where, fingerprint: digits }))).toMatch(/may sync/)
    await one.signIn()
    await one.beat({ report: reportOf('1.4.2', { held: { version: '1.5.0', reason: 'too many' } }) })
    expect(
      await saying(fleet.list(io, { ...where, limit: 10, model: 'press-wear', running: '1.4.2' })),
    ).toMatch(/plant-a +press 4 +online +press-wear 1.4.2, 1.5.0 held {2}! 1/)
    const shown = await saying(fleet.show(io, digits.slice(0, 6), where))
    expect(shown).toContain(`Groups: device-${digits}, press`)
    expect(shown).toMatch(/Held: 1.5.0 by M. Sato.*too many/)
    expect(await saying(fleet.joinCodes(io, where))).toMatch(/used by/)
  })

  it('changes what people say of it, and refuses to guess which one is meant', async () => {
    const code = readCode((await fleet.makeJoinCode(io, 'plant-b', { ...where, hours: 24 })).code)
    const two = new Joiner(site)
    await two.enrol(code)
    await expect(fleet.show(io, 'press 4', where)).rejects.toThrow(/2 machines fit/)
    await expect(fleet.show(io, 'press', where)).rejects.toThrow(/no machine/)
    expect(await saying(fleet.rename(io, two.device, 'press 5', where))).toMatch(/press 5/)
    expect(await saying(fleet.label(io, 'press 5', { ...where, add: ['a', 'b'] }))).toMatch(/a, b/)
    expect(await saying(fleet.label(io, 'press 5', { ...where, remove: ['a'], add: ['c'] }))).toMatch(
      /: b, c$/,
    )
    expect(await saying(fleet.move(io, 'press 5', { ...where, site: 'plant-c', reason: 'hall 2' }))).toMatch(
      /plant-c/,
    )
    expect(await saying(fleet.quarantine(io, 'press 5', { ...where, reason: 'odd' }))).toMatch(/quarantine/)
    expect(await saying(fleet.lift(io, 'press 5', { ...where, reason: 'fine' }))).toMatch(/over/)
    expect(await saying(fleet.revoke(io, 'press 5', { ...where, reason: 'sold' }))).toMatch(/for good/)
    expect(await saying(fleet.show(io, 'press 5', where))).toMatch(
      /revoked \(sold\).*device.revoked by admin: sold/s,
    )
  })

  it('lists more than one page, and ends where it is told to', async () => {
    const { db } = site.base
    const rows = Array.from({ length: 700 }, (_, n) => ({
      ...{ device: n.toString(16).padStart(64, '0'), public_key: '', name: `m ${n}`, site: 'many' },
      ...{ groups: [], state: 'enrolled' as const, enrolled_at: new Date() },
    }))
    await db.insertInto('devices').values(rows).execute()
    const all = await fleet.list({ ...io, json: true }, { ...where, site: 'many', limit: 1000 })
    expect(new Set(all.items.map(({ device }) => device)).size).toBe(700)
    expect(
      (await fleet.list({ ...io, json: true }, { ...where, site: 'many', limit: 600 })).items,
    ).toHaveLength(600)
  })
})
