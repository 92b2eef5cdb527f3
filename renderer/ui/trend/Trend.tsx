import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './trend.css'
import { readColours } from './colours.ts'
import { paintAbove, paintBelow } from './paint.ts'
import type { Picture } from './picture.ts'

interface Props {
  picture: Picture
  /** The whole picture in a sentence, for those who do not see it. */
  label: string
  heightPx: number
  /** Room for axis figures and the newest value, CSS px. */
  padding?: [top: number, right: number, bottom: number, left: number]
  /** Changes when colours do. */
  theme: string
}

const ratio = () => window.devicePixelRatio || 1

const stepped = uPlot.paths.stepped!({ align: 1 })
const linear = uPlot.paths.linear!()

/** A line over time with its usual range, levels and gaps; the window and the line change without a new chart. */
export function Trend({ picture, label, heightPx, padding = [12, 48, 28, 48], theme }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const shown = useRef(picture)
  const [fontsReady, setFontsReady] = useState(false)
  shown.current = picture
  const [top, right, bottom, left] = padding

  useEffect(() => {
    const element = host.current
    if (!element) return
    let colours = readColours(element)
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        padding: [top, right, bottom, left],
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { time: false, range: () => [shown.current.from, shown.current.to] },
          y: { range: () => [shown.current.y.min, shown.current.y.max] },
        },
        series: [
          {},
          {
            width: 1.75,
            stroke: () => colours.ink,
            spanGaps: false,
            paths: (...of) => (shown.current.steps ? stepped : linear)(...of),
            points: {
              show: () => shown.current.points,
              size: 6,
              fill: () => colours.ink,
            },
          },
        ],
        hooks: {
          // Read anew for each painting: a theme may change at any time, in the page or in the system.
          drawClear: [
            () => {
              colours = readColours(element)
            },
          ],
          drawAxes: [(u) => paintBelow(u, shown.current, colours, ratio())],
          draw: [(u) => paintAbove(u, shown.current, colours, ratio())],
        },
      },
      [shown.current.x, shown.current.line],
      element,
    )
    chart.current = plot
    const resize = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }))
    resize.observe(element)
    return () => {
      resize.disconnect()
      plot.destroy()
      chart.current = null
    }
  }, [heightPx, top, right, bottom, left])

  useEffect(() => {
    chart.current?.setData([picture.x, picture.line])
  }, [picture])

  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and fonts are what changes the look of an equal picture
  useEffect(() => {
    chart.current?.redraw()
  }, [theme, fontsReady])

  useEffect(() => {
    let here = true
    document.fonts.ready.then(
      () => here && setFontsReady(true),
      () => here && setFontsReady(true),
    )
    return () => {
      here = false
    }
  }, [])

  return <div className="trend" ref={host} role="img" aria-label={label} style={{ height: heightPx }} />
}
