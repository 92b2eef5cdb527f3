import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKey, ownerOf } from '#central/registry/key.ts'
import { guided } from '#cli/repo-guided.ts'

describe('repo init, guided', () => {
  const dir = mkdtempSync(join(tmpdir(), 'edgewright-guided-'))
  beforeAll(() => {
    for (const name of ['a', 'b', 'c', 's', 't'])
      writeFileSync(join(dir, `${name}.pub`), JSON.stringify(createKey(name).public))
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const answered = async (...answers: string[]) => {
    const told: string[] = []
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return answers.shift() ?? ''
    }
    const plan = await guided(ask, (text) => told.push(text), dir)
    return { plan, told: told.join('\n'), asked }
  }
  const abc = 'a.pub, b.pub, c.pub'
  const roles = [abc, '2', abc, '', 's.pub', '', 't.pub', '', '', '', 'a.pub,b.pub', '']

  it('asks role by role, and why a threshold is low', async () => {
    const { plan, told, asked } = await answered('pumps', 'plant-1', 'no', ...roles, 'three of us', 'yes')
    expect(plan.root).toMatchObject({ threshold: 2 })
    expect(plan.families!['pumps']!.keys.map(ownerOf)).toEqual(['a', 'b', 'c'])
    expect(plan.sites!['plant-1']).toMatchObject({ threshold: 1 })
    expect(plan.note).toBe('three of us')
    expect(told).toMatch(/root: 2 of 3 of a /)
    expect(asked.filter((question) => question.includes('Why'))).toHaveLength(1)
  })
  it('asks again where an answer cannot be used', async () => {
    const slips = ['nobody.pub', abc, 'x', '4', ...roles.slice(1)]
    const { plan, told } = await answered('Pumps!', 'pumps', 'plant-1', '', ...slips, 'three of us', 'yes')
    expect(plan.root).toMatchObject({ threshold: 2 })
    expect(told).toMatch(/"Pumps!" is no name[\s\S]*nobody.pub cannot be read[\s\S]*from 1 to 3 is needed/)
  })
  it('makes nothing without a yes', async () => {
    await expect(answered('pumps', 'plant-1', 'no', ...roles, 'three of us', 'no')).rejects.toMatchObject({
      code: 'cancelled',
    })
  })
})
