import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { milling, overstrain, statusAt } from '#support/fake-scene.ts'
import { EdgeLink, healthTimeoutMs } from '../../../renderer/edge/client/link.ts'
import { Failure } from '../../../renderer/ui/client/failure.ts'

/** A stream that a test drives. */
class FakeSource extends EventTarget {
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  closed = false
  close() {
    this.closed = true
  }
  say(kind: string, data: string) {
    this.dispatchEvent(new MessageEvent(kind, { data }))
  }
}

const health = JSON.stringify(statusAt(1, [milling()], []))

function setUp(check: () => Promise<unknown> = async () => undefined) {
  const sources: FakeSource[] = []
  const heard: string[] = []
  let reopened = 0
  const link = new EdgeLink({
    open: () => {
      const source = new FakeSource()
      sources.push(source)
      return source as unknown as EventSource
    },
    check,
    elapsed: () => Date.now(),
    heard: (kind) => heard.push(kind),
    reopened: () => reopened++,
  })
  return { link, sources, heard, reopened: () => reopened, state: () => link.link.get().state }
}

describe('the link to the runtime', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('opens, hears what fits its contract, and asks for what it may have missed', async () => {
    const { link, sources, heard, reopened, state } = setUp()
    link.start()
    await vi.advanceTimersByTimeAsync(0)
    sources[0]!.onopen?.()
    expect([state(), reopened()]).toEqual(['open', 1])
    sources[0]!.say('health', health)
    sources[0]!.say('alert', JSON.stringify(overstrain()))
    expect(heard).toEqual(['health', 'alert'])
    expect(link.link.get().unreadable).toBe(false)
    sources[0]!.say('alert', '{"id": 7}')
    sources[0]!.say('alert', 'not JSON')
    expect(heard).toHaveLength(2)
    expect(link.link.get().unreadable).toBe(true)
    link.stop()
  })

  it('is lost at once when the stream breaks, and comes back by itself', async () => {
    const { link, sources, state } = setUp()
    link.start()
    await vi.advanceTimersByTimeAsync(0)
    sources[0]!.onopen?.()
    sources[0]!.onerror?.()
    expect([state(), sources[0]!.closed]).toEqual(['lost', true])
    await vi.advanceTimersByTimeAsync(1000)
    sources[1]!.onopen?.()
    expect(state()).toBe('open')
    link.stop()
  })

  it('is lost when health stops coming though the stream stays open', async () => {
    const { link, sources, state } = setUp()
    link.start()
    await vi.advanceTimersByTimeAsync(0)
    sources[0]!.onopen?.()
    await vi.advanceTimersByTimeAsync(healthTimeoutMs)
    expect(state()).toBe('open')
    await vi.advanceTimersByTimeAsync(500)
    expect(state()).toBe('lost')
    link.stop()
  })

  it('takes the time in which the page itself stood still for nobody’s silence', async () => {
    const { link, sources, state } = setUp()
    link.start()
    await vi.advanceTimersByTimeAsync(0)
    sources[0]!.onopen?.()
    vi.setSystemTime(Date.now() + 20_000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(state()).toBe('open')
    await vi.advanceTimersByTimeAsync(healthTimeoutMs)
    expect(state()).toBe('lost')
    link.stop()
  })

  it('stays open while health comes', async () => {
    const { link, sources, state } = setUp()
    link.start()
    await vi.advanceTimersByTimeAsync(0)
    sources[0]!.onopen?.()
    for (let i = 0; i < 10; i++) {
      await vi.advanceTimersByTimeAsync(1000)
      sources[0]!.say('health', health)
    }
    expect([state(), sources.length]).toEqual(['open', 1])
    link.stop()
  })

  it('stops asking where nobody is signed in', async () => {
    const check = vi.fn(async () => {
      throw new Failure('refused', 'who?', { status: 401, code: 'not-signed-in', hint: '' })
    })
    const { link, sources, state } = setUp(check)
    link.start()
    await vi.advanceTimersByTimeAsync(10_000)
    expect([state(), check.mock.calls.length, sources.length]).toEqual(['signed-out', 1, 0])
  })

  it('goes on trying where nobody answers', async () => {
    const check = vi.fn(async () => {
      throw new Failure('unreachable', 'no')
    })
    const { link, state } = setUp(check)
    link.start()
    await vi.advanceTimersByTimeAsync(3500)
    expect(state()).toBe('lost')
    expect(check.mock.calls.length).toBeGreaterThan(2)
    link.stop()
  })

  it('changes nothing after it was stopped', async () => {
    const { link, sources } = setUp(() => new Promise((done) => setTimeout(done, 500)))
    link.start()
    link.stop()
    await vi.advanceTimersByTimeAsync(5000)
    expect(sources).toHaveLength(0)
  })
})
