import type uPlot from 'uplot'
import { outlines } from '../Shape.tsx'
import type { Colours } from './colours.ts'
import type { Picture } from './picture.ts'
import type { Band } from './segments.ts'

const noteFont = '14px "IBM Plex Sans", system-ui, sans-serif'
const strongFont = `600 ${noteFont}`

/** Paints in CSS pixels over uPlot's canvas, whose own units are device pixels. */
interface Pen {
  ctx: CanvasRenderingContext2D
  colours: Colours
  box: { left: number; top: number; right: number; bottom: number }
  /** Of the whole chart. */
  width: number
  x: (ms: number) => number
  y: (value: number) => number
}

function withPen(u: uPlot, colours: Colours, ratio: number, draw: (pen: Pen) => void): void {
  const { ctx, bbox } = u
  ctx.save()
  ctx.scale(ratio, ratio)
  const left = bbox.left / ratio
  const top = bbox.top / ratio
  draw({
    ctx,
    colours,
    box: { left, top, right: left + bbox.width / ratio, bottom: top + bbox.height / ratio },
    width: u.width,
    x: (ms) => u.valToPos(ms, 'x', true) / ratio,
    y: (value) => u.valToPos(value, 'y', true) / ratio,
  })
  ctx.restore()
}

function rule(
  pen: Pen,
  from: [number, number],
  to: [number, number],
  colour: string,
  width = 1,
  dash: number[] = [],
) {
  const { ctx } = pen
  ctx.beginPath()
  ctx.setLineDash(dash)
  ctx.lineWidth = width
  ctx.strokeStyle = colour
  ctx.moveTo(...from)
  ctx.lineTo(...to)
  ctx.stroke()
  ctx.setLineDash([])
}

function text(
  pen: Pen,
  label: string,
  x: number,
  y: number,
  align: CanvasTextAlign,
  colour: string,
  font = noteFont,
) {
  const { ctx } = pen
  ctx.font = font
  ctx.fillStyle = colour
  ctx.textAlign = align
  ctx.textBaseline = 'middle'
  ctx.fillText(label, x, y)
}

/** The alarm's colour; grey, as what is usual, for what is no alarm any more. */
function alarm(colours: Colours, p: number): string {
  return [colours.band, colours.p1, colours.p2, colours.p3][p] ?? colours.band
}

function shape(pen: Pen, p: number, x: number, y: number, size: number, grey: boolean) {
  const { ctx, colours } = pen
  const path = new Path2D(outlines[p])
  ctx.save()
  ctx.translate(x - size / 2, y - size / 2)
  ctx.scale(size / 40, size / 40)
  ctx.fillStyle = grey ? colours.surface : alarm(colours, p)
  ctx.strokeStyle = grey ? colours['ink-3'] : colours['shape-edge']
  ctx.lineWidth = 3
  ctx.lineJoin = 'round'
  ctx.fill(path)
  ctx.stroke(path)
  ctx.restore()
}

function hatch(pen: Pen, left: number, right: number) {
  const { ctx, colours, box } = pen
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, box.top, right - left, box.bottom - box.top)
  ctx.clip()
  const height = box.bottom - box.top
  // Anchored to the canvas, so that the lines do not swim while the window moves on.
  const step = 11.3
  for (let at = Math.floor((left - height) / step) * step; at < right; at += step)
    rule(pen, [at, box.bottom], [at + height, box.top], colours.hatch)
  ctx.restore()
  for (const edge of [left, right]) rule(pen, [edge, box.top], [edge, box.bottom], colours.hatch)
}

/** Below the line: the usual range, grid, axis figures, gaps, and what lies beyond the alarm's level. */
export function paintBelow(u: uPlot, picture: Picture, colours: Colours, ratio: number): void {
  withPen(u, colours, ratio, (pen) => {
    const { ctx, box, x, y } = pen
    if (picture.usual) {
      const left = Math.max(box.left, x(picture.usualFrom ?? picture.from))
      ctx.globalAlpha = 0.28
      ctx.fillStyle = colours.band
      ctx.fillRect(
        left,
        y(picture.usual.max),
        Math.max(0, box.right - left),
        y(picture.usual.min) - y(picture.usual.max),
      )
      ctx.globalAlpha = 1
    }
    for (const band of picture.bands ?? []) paintBand(pen, band)
    for (const tick of picture.yTicks) {
      rule(pen, [box.left, y(tick.at)], [box.right, y(tick.at)], colours.line)
      text(pen, tick.label, box.left - 8, y(tick.at), 'right', colours['ink-2'])
    }
    picture.xTicks.forEach((tick, i) => {
      const align = i === 0 ? 'left' : i === picture.xTicks.length - 1 ? 'right' : 'center'
      text(pen, tick.label, x(tick.at), box.bottom + 16, align, colours['ink-2'])
    })
    for (const gap of picture.gaps) {
      const left = Math.max(box.left, x(gap.from))
      const right = Math.min(box.right, x(gap.to))
      if (right - left >= 2) hatch(pen, left, right)
    }
    if (picture.over) fillOver(pen, picture, picture.over)
    for (const level of picture.levels) {
      const [colour, width, dash] =
        level.kind === 'raise'
          ? ([colours.ink, 1.25, [6, 4]] as const)
          : ([colours['ink-3'], 1, [1, 4]] as const)
      rule(pen, [box.left, y(level.at)], [box.right, y(level.at)], colour, width, [...dash])
    }
    if (picture.raised)
      rule(pen, [x(picture.raised.at), box.top], [x(picture.raised.at), box.bottom], colours['ink-3'])
  })
}

function paintBand(pen: Pen, band: Band) {
  const { ctx, colours, x, y } = pen
  ctx.globalAlpha = 0.28
  ctx.fillStyle = colours.band
  ctx.beginPath()
  band.x.forEach((ms, i) => {
    ctx.lineTo(x(ms), y(band.high[i]!))
  })
  for (let i = band.x.length - 1; i >= 0; i--) ctx.lineTo(x(band.x[i]!), y(band.low[i]!))
  ctx.closePath()
  ctx.fill()
  ctx.globalAlpha = 1
}

function fillOver(pen: Pen, picture: Picture, over: NonNullable<Picture['over']>) {
  const { ctx, colours, box, x, y } = pen
  const edge = y(over.level)
  ctx.save()
  ctx.beginPath()
  if (over.direction === 'above') ctx.rect(box.left, box.top, box.right - box.left, edge - box.top)
  else ctx.rect(box.left, edge, box.right - box.left, box.bottom - edge)
  ctx.clip()
  ctx.fillStyle = alarm(colours, over.p)
  ctx.beginPath()
  let start: number | null = null
  let last = 0
  let height = 0
  const close = () => {
    if (start !== null) {
      ctx.lineTo(last, edge)
      ctx.lineTo(start, edge)
      ctx.closePath()
    }
    start = null
  }
  picture.x.forEach((ms, i) => {
    const value = picture.line[i]
    if (value === null || value === undefined) return close()
    const at = x(ms)
    if (start === null) {
      start = at
      ctx.moveTo(at, y(value))
    } else {
      if (picture.steps) ctx.lineTo(at, height)
      ctx.lineTo(at, y(value))
    }
    last = at
    height = y(value)
  })
  close()
  ctx.fill()
  ctx.restore()
}

/** Beside each gap, the newest first, where there is room: not over the edge, the mark of when it was raised, or another's words. */
function labelGaps(pen: Pen, { gaps, raised }: Picture) {
  const { ctx, box, colours, x } = pen
  ctx.font = noteFont
  const taken: { from: number; to: number }[] = raised ? [{ from: x(raised.at), to: x(raised.at) }] : []
  for (const gap of [...gaps].reverse()) {
    if (gap.label === undefined) continue
    const width = ctx.measureText(gap.label).width
    const right = Math.min(box.right, x(gap.to)) + 8
    const left = Math.max(box.left, x(gap.from)) - 8
    const free = (from: number) =>
      from >= box.left &&
      from + width <= box.right &&
      taken.every((other) => other.to < from - 10 || other.from > from + width + 10)
    const from = [right, left - width].find(free)
    if (from === undefined) continue
    text(pen, gap.label, from, box.top + 8, 'left', colours.ink)
    taken.push({ from, to: from + width })
  }
}

/** Words of levels on the far sides of their lines; above the upper one together, where there is no room below. */
function labelLevels(pen: Pen, levels: Picture['levels']) {
  const { colours, box, y } = pen
  const said = levels.filter(({ label }) => label !== '').sort((a, b) => b.at - a.at)
  const [upper] = said
  if (!upper) return
  const isTight = said.some(({ at }) => at !== upper.at && y(at) + 20 > box.bottom)
  const placed = isTight
    ? [{ ...upper, kind: 'raise' as const, label: said.map(({ label }) => label).join(', ') }]
    : said
  for (const { at, label, kind, side = 'right' } of placed) {
    const where = side === 'left' ? box.left + 5 : box.right - 5
    const colour = kind === 'raise' ? colours.ink : colours['ink-2']
    textOver(pen, label, where, y(at) + (at === upper.at ? -10 : 12), side, colour)
  }
}

type Words = Parameters<typeof text> extends [Pen, ...infer Rest] ? Rest : never

/** Words over lines: what lies right under the letters makes room. */
function textOver(pen: Pen, ...words: Words) {
  const { ctx, colours } = pen
  const [label, x, y, align, , font = noteFont] = words
  ctx.font = font
  ctx.textAlign = align
  ctx.textBaseline = 'middle'
  ctx.lineWidth = 4
  ctx.lineJoin = 'round'
  ctx.strokeStyle = colours.ground
  ctx.strokeText(label, x, y)
  text(pen, ...words)
}

/** The newest value stands where levels end: no dash of theirs between its words. */
function textAlone(pen: Pen, ...words: Words) {
  const { ctx, colours } = pen
  const [label, x, y, align, , font = noteFont] = words
  ctx.font = font
  const width = ctx.measureText(label).width
  ctx.fillStyle = colours.ground
  ctx.fillRect(align === 'right' ? x - width - 2 : x - 2, y - 9, width + 4, 18)
  text(pen, ...words)
}

/** Above the line: the newest value, the moment it was raised, and the words. */
export function paintAbove(u: uPlot, picture: Picture, colours: Colours, ratio: number): void {
  withPen(u, colours, ratio, (pen) => {
    const { ctx, box, x, y } = pen
    labelGaps(pen, picture)
    labelLevels(pen, picture.levels)
    if (picture.raised)
      shape(pen, picture.raised.p, x(picture.raised.at), box.top, 18, picture.raised.grey ?? false)
    if (picture.newest) {
      const at = { x: x(picture.newest.at), y: y(picture.newest.value) }
      // The words of a gap that begins here stand at the top.
      const top = box.top + (picture.gaps.some(({ from }) => from === picture.newest?.at) ? 28 : 8)
      ctx.beginPath()
      ctx.fillStyle = colours.ink
      ctx.arc(at.x, at.y, 4, 0, 2 * Math.PI)
      ctx.fill()
      const { label, more } = picture.newest
      ctx.font = strongFont
      const width = Math.max(...[label, more ?? ''].map((words) => ctx.measureText(words).width))
      const fits = at.x + 7 + width <= pen.width
      const [side, where] = fits ? (['left', at.x + 7] as const) : (['right', at.x - 8] as const)
      const line = Math.min(Math.max(top, at.y), box.bottom - (more === undefined ? 0 : 24))
      textAlone(pen, label, where, line, side, colours.ink, strongFont)
      if (more !== undefined) textAlone(pen, more, where, line + 20, side, colours['ink-2'])
    }
  })
}
