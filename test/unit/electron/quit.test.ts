import { describe, expect, it } from 'vitest'
import { quitLabel, quitStep, stopBy } from '../../../electron/main/decide/quit.ts'

describe('quitting', () => {
  it('leaves a runtime alone that it only attached to', () => {
    expect(quitStep({ runtime: 'attached' })).toEqual({ do: 'exit' })
    expect(quitStep({ runtime: 'none' })).toEqual({ do: 'exit' })
  })

  it('tells its own to stop, waits while it answers what is in flight, and exits once it is gone', () => {
    expect(quitStep({ runtime: 'own', alive: true })).toEqual({ do: 'tell-to-stop' })
    expect(quitStep({ runtime: 'own', alive: true, stoppingForMs: 0 }, 10)).toEqual({
      do: 'wait',
      moreMs: 10,
    })
    expect(quitStep({ runtime: 'own', alive: true, stoppingForMs: 4 }, 10)).toEqual({ do: 'wait', moreMs: 6 })
    expect(quitStep({ runtime: 'own', alive: false, stoppingForMs: 5 }, 10)).toEqual({ do: 'exit' })
  })

  it('waits no longer than the bound', () => {
    expect(quitStep({ runtime: 'own', alive: true, stoppingForMs: 10 }, 10)).toEqual({ do: 'kill' })
  })

  it('knows that Windows has no SIGTERM', () => {
    expect([stopBy('win32'), stopBy('linux'), stopBy('darwin')]).toEqual(['message', 'signal', 'signal'])
  })

  it('says what becomes of the runtime', () => {
    expect(quitLabel('own')).toContain('stop the runtime')
    expect(quitLabel('attached')).toContain('goes on')
  })
})
