import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterCrash } from '../../../electron/main/decide/renderer-crash.ts'
import { type Area, placeWindow } from '../../../electron/main/decide/window-state.ts'

const primary: Area = { x: 0, y: 0, width: 1920, height: 1040 }
const left: Area = { x: -1280, y: 0, width: 1280, height: 1024 }
const saved = { x: 100, y: 80, width: 1300, height: 820, maximized: false }

describe('the place of the window', () => {
  it('is in the middle of the first display at the first start', () => {
    expect(placeWindow(undefined, [primary])).toEqual({
      x: 320,
      y: 120,
      width: 1280,
      height: 800,
      maximized: false,
    })
  })

  it('is where it was, also on a second display', () => {
    expect(placeWindow(saved, [primary])).toEqual(saved)
    const there = { ...saved, x: -1200, width: 1000 }
    expect(placeWindow(there, [primary, left])).toEqual(there)
  })

  it('comes back where its display is gone', () => {
    expect(placeWindow({ ...saved, x: 5000 }, [primary])).toMatchObject({ x: 310, y: 110, width: 1300 })
  })

  it('is pulled in where it hung over an edge, and made smaller where the display is', () => {
    expect(placeWindow({ ...saved, x: 1800, y: -50 }, [primary])).toMatchObject({ x: 620, y: 0 })
    expect(placeWindow({ ...saved, width: 3000, height: 3000 }, [primary])).toMatchObject({ ...primary })
    expect(placeWindow(saved, [{ x: 0, y: 0, width: 640, height: 400 }])).toMatchObject({
      width: 640,
      height: 400,
    })
  })

  it('keeps that it filled the display', () => {
    expect(placeWindow({ ...saved, maximized: true }, [primary]).maximized).toBe(true)
  })

  it('is always wholly on one display', () => {
    const size = fc.integer({ min: 1, max: 8_000 })
    const at = fc.integer({ min: -9_000, max: 9_000 })
    const area = fc.record({ x: at, y: at, width: size, height: size })
    const state = fc.record({ x: at, y: at, width: size, height: size, maximized: fc.boolean() })
    fc.assert(
      fc.property(
        fc.option(state, { nil: undefined }),
        fc.array(area, { minLength: 1, maxLength: 4 }),
        (was, all) => {
          const { x, y, width, height } = placeWindow(was, all)
          return all.some(
            (a) => x >= a.x && y >= a.y && x + width <= a.x + a.width && y + height <= a.y + a.height,
          )
        },
      ),
    )
  })
})

describe('a crash of the page', () => {
  const limits = { reloads: 2, windowMs: 1_000 }
  const step = (crashesMs: number[], showing: 'console' | 'safe-page' = 'console', quitting = false) =>
    afterCrash({ crashesMs, showing, quitting }, limits)

  it('shows the console again, each time later', () => {
    expect(step([0])).toEqual({ do: 'reload', delayMs: 250 })
    expect(step([0, 10])).toEqual({ do: 'reload', delayMs: 500 })
  })

  it('ends in the safe page, and that in a native box', () => {
    expect(step([0, 10, 20])).toEqual({ do: 'safe-page' })
    expect(step([0, 10, 20, 30], 'safe-page')).toEqual({ do: 'native-box' })
  })

  it('forgets what is long ago', () => {
    expect(step([0, 10, 5_000])).toEqual({ do: 'reload', delayMs: 250 })
  })

  it('is none while the app quits', () => {
    expect(step([0, 10, 20], 'console', true)).toEqual({ do: 'nothing' })
  })
})
