import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const pages = [
  ...readdirSync(root),
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) => join('docs', name)),
].filter((name) => name.endsWith('.md'))

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors(page: string): Set<string> {
  const headings = [...readFileSync(page, 'utf8').matchAll(/^#+ +(.+)$/gm)].map(([, text = '']) => text)
  return new Set(
    headings.map((text) =>
      text
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

/** Links within the project: `[…](path#anchor)`; pictures as well. */
function broken(page: string): string[] {
  const from = join(root, page)
  const text = readFileSync(from, 'utf8').replace(/```[\s\S]*?```/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [path = '', anchor] = link.split('#')
    const target = path === '' ? from : join(dirname(from), path)
    if (!existsSync(target)) return [`${page}: ${relative(root, target)} is not there`]
    return anchor === undefined || anchors(target).has(anchor) ? [] : [`${page}: ${link} has no such heading`]
  })
}

it('every link of the guides leads somewhere', () => {
  expect(pages).toContain(join('docs', 'guides', 'central-team.md'))
  expect(pages.flatMap(broken)).toEqual([])
})
