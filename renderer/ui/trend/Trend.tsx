import { useEffect, useRef, useState } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import './trend.css'
import { type Colours, readColours } from './colours.ts'
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

/** A line over time with its usual range, levels and gaps; the window and the line change without a new chart. */
export function Trend({ picture, label, heightPx, padding = [12, 48, 28, 48], theme }: Props) {
  const host = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot | null>(null)
  const shown = useRef({ picture, colours: null as Colours | null })
  const [fontsReady, setFontsReady] = useState(false)
  shown.current.picture = picture
  const [top, right, bottom, left] = padding

  useEffect(() => {
    const element = host.current
    if (!element) return
    const { current } = shown
    current.colours = readColours(element)
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: heightPx,
        padding: [top, right, bottom, left],
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { time: false, range: () => [current.picture.from, current.picture.to] },
          y: { range: () => [current.picture.y.min, current.picture.y.max] },
        },
        series: [
          {},
          {
            width: 1.75,
            stroke: () => current.colours?.ink ?? 'currentColor',
            spanGaps: false,
            points: {
              show: () => current.picture.points,
              size: 6,
              fill: () => current.colours?.ink ?? 'currentColor',
            },
          },
        ],
        hooks: {
          drawAxes: [(u) => current.colours && paintBelow(u, current.picture, current.colours, ratio())],
          draw: [(u) => current.colours && paintAbove(u, current.picture, current.colours, ratio())],
        },
      },
      [current.picture.x, current.picture.line],
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
    if (host.current) shown.current.colours = readColours(host.current)
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
