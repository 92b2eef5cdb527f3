import { z } from 'zod'

const edge = z.int().min(-1_000_000).max(1_000_000)

export const windowStateSchema = z.strictObject({
  x: edge,
  y: edge,
  width: z.int().min(1).max(100_000),
  height: z.int().min(1).max(100_000),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof windowStateSchema>

/** A display's work area, or a window's place, in device-independent pixels. */
export interface Area {
  x: number
  y: number
  width: number
  height: number
}

/** The console is drawn for this; a smaller display gets a smaller window. */
const usual = { width: 1280, height: 800 }
export const smallest = { width: 800, height: 560 }

const between = (value: number, low: number, high: number) => Math.max(low, Math.min(value, high))

function overlap(a: Area, b: Area): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
  return width > 0 && height > 0 ? width * height : 0
}

/**
 * Where the window opens: where it was, on the display that held most of it, no larger than that display and wholly on it;
 * in the middle of the first display where it was on none that is still there. `displays`: work areas, the primary one first.
 */
export function placeWindow(saved: WindowState | undefined, displays: readonly Area[]): WindowState {
  const primary = displays[0] ?? { x: 0, y: 0, ...usual }
  const most = saved
    ? displays.reduce<{ area: Area; shared: number } | undefined>((best, area) => {
        const shared = overlap(saved, area)
        return shared > (best?.shared ?? 0) ? { area, shared } : best
      }, undefined)
    : undefined
  const area = most?.area ?? primary
  const width = Math.round(
    between(saved?.width ?? usual.width, Math.min(smallest.width, area.width), area.width),
  )
  const height = Math.round(
    between(saved?.height ?? usual.height, Math.min(smallest.height, area.height), area.height),
  )
  const middle = {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
  }
  const wanted = saved && most ? saved : middle
  return {
    x: Math.round(between(wanted.x, area.x, area.x + area.width - width)),
    y: Math.round(between(wanted.y, area.y, area.y + area.height - height)),
    width,
    height,
    maximized: saved?.maximized ?? false,
  }
}
