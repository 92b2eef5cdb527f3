import { describe, expect, it } from 'vitest'
import { escalationChain, ownerOf, ownershipOf, raciOfPeople, workerOf } from '#central/ownership/raci.ts'
import { noRaci } from '#core/contracts/ownership.ts'

const people = {
  owner: { name: 'Owner', contact: 'owner@plant.example' },
  onCall: { name: 'On call' },
  escalation: { name: 'Manager', contact: 'manager@plant.example' },
}
const signed = { version: '1.0.0', raci: raciOfPeople(people) }
const edited = { ...noRaci, accountable: { name: 'New owner' }, escalation: [{ name: 'Desk' }] }

describe('who answers for a model', () => {
  it('is who the manifest says, until somebody says otherwise here', () => {
    expect(ownerOf(ownershipOf('m', null, signed), 'told')).toMatchObject({ name: 'Owner', from: 'manifest' })
    expect(ownerOf(ownershipOf('m', edited, signed), 'told')).toMatchObject({
      name: 'New owner',
      from: 'central',
    })
  })

  it('is who came with the alert where nothing else is known', () => {
    expect(ownerOf(undefined, 'told')).toEqual({ name: 'told', contact: null, from: 'alert' })
    expect(ownerOf(undefined, null).from).toBe('nobody')
  })

  it('gives a retraining to whoever does the work, else to the owner, else to who decided', () => {
    expect(workerOf(ownershipOf('m', null, signed), null).name).toBe('On call')
    expect(workerOf(ownershipOf('m', edited, signed), null).name).toBe('New owner')
    expect(workerOf(undefined, { name: 'Decider' }).name).toBe('Decider')
  })
})

describe('who is told when nobody acknowledges', () => {
  const rule = { name: 'Shift lead' }
  const names = (chain: { name: string }[]) => chain.map(({ name }) => name)

  it('begins with whom the rule names, and ends with the admins', () => {
    expect(names(escalationChain(ownershipOf('m', null, signed), rule, ['a@b']))).toEqual([
      ...['Shift lead', 'Manager', 'Owner', 'Admin'],
    ])
  })

  it('begins with those whom central put in', () => {
    expect(names(escalationChain(ownershipOf('m', edited, signed), rule, []))).toEqual([
      ...['Desk', 'Shift lead', 'New owner'],
    ])
  })
})
