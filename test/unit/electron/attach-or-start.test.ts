import { describe, expect, it } from 'vitest'
import {
  holderPatienceMs,
  isLoopback,
  type LookContext,
  lockedPatienceMs,
  nextStep,
  type RuntimeFacts,
} from '../../../electron/main/decide/attach-or-start.ts'

const nobody: RuntimeFacts = {
  info: undefined,
  holderAlive: false,
  answers: false,
  token: 'untried',
  strangerAnswers: false,
}
const address = 'http://127.0.0.1:8700'
const answering: RuntimeFacts = {
  ...nobody,
  info: { pid: 7, address },
  holderAlive: true,
  answers: true,
  token: 'accepted',
}
const silent: RuntimeFacts = { ...answering, answers: false, token: 'untried' }
const first: LookContext = { waitedMs: 0, refusedBefore: false, mayStart: true }

describe('attach or start', () => {
  it.each<[string, RuntimeFacts, Partial<LookContext>, object]>([
    ['starts where nobody is', nobody, {}, { do: 'start' }],
    ['attaches to the one that answers', answering, {}, { do: 'attach', origin: address }],
    ['attaches also where it may not start', answering, { mayStart: false }, { do: 'attach' }],
    ['starts over a stale file', { ...silent, holderAlive: false }, {}, { do: 'start' }],
    ['waits for one that is starting', { ...silent, info: { pid: 7 } }, {}, { do: 'wait' }],
    [
      'lets the lock decide after that: the pid may be another process by now',
      silent,
      { waitedMs: holderPatienceMs },
      { do: 'start' },
    ],
    [
      'waits longer where the lock has refused a start',
      silent,
      { waitedMs: holderPatienceMs, refusedBefore: true },
      { do: 'wait' },
    ],
    [
      'and then says so',
      silent,
      { waitedMs: lockedPatienceMs, refusedBefore: true },
      { do: 'explain', problem: 'holder-silent' },
    ],
    [
      'says that the token is refused',
      { ...answering, token: 'refused' },
      {},
      { do: 'explain', problem: 'token-refused' },
    ],
    [
      "says that another user's token cannot be read",
      { ...answering, token: 'unreadable' },
      {},
      { do: 'explain', problem: 'token-missing' },
    ],
    [
      'does not start beside a runtime of another folder on its port',
      { ...nobody, strangerAnswers: true },
      {},
      { do: 'explain', problem: 'stranger-on-port' },
    ],
    [
      'starts nothing where it may not',
      nobody,
      { mayStart: false },
      { do: 'explain', problem: 'start-forbidden' },
    ],
    [
      'never goes to another machine',
      { ...answering, info: { pid: 7, address: 'http://192.0.2.1:8700' } },
      {},
      { do: 'explain', problem: 'address-not-loopback' },
    ],
  ])('%s', (_name, facts, context, expected) => {
    expect(nextStep(facts, { ...first, ...context })).toMatchObject(expected)
  })

  it.each([
    ['http://127.0.0.1:8700', true],
    ['http://127.8.9.1:1', true],
    ['http://localhost:8700', true],
    ['http://[::1]:8700', true],
    ['https://127.0.0.1:8700', false],
    ['http://127.0.0.1.example.com', false],
    ['http://127.0.0.1@example.com', false],
    ['http://localhost.example.com', false],
    ['file:///etc/passwd', false],
    ['nonsense', false],
  ])('holds %s for loopback: %s', (text, expected) => {
    expect(isLoopback(text)).toBe(expected)
  })
})
