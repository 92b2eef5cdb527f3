import { describe, expect, it } from 'vitest'
import { type Block, blocks, inlines } from '../../../renderer/central/parts/markdown.ts'

const kinds = (text: string) => blocks(text).map(({ is }: Block) => is)

describe('the markdown of model cards', () => {
  it('knows headings, paragraphs, lists, quotes, code and tables', () => {
    const text =
      '---\nlicense: mit\n---\n# A\nb\nc\n\n- d\n  e\n- f\n\n1. g\n\n> h\n> i\n\n```\n# no\n```\n\n| j | k |\n|---|:-:|\n| 1 | 2 |\n'
    expect(kinds(text)).toEqual(['heading', 'paragraph', 'list', 'list', 'quote', 'code', 'table'])
    const [, paragraph, list, ordered, , code, table] = blocks(text)
    expect(paragraph).toEqual({ is: 'paragraph', of: [{ is: 'text', text: 'b c' }] })
    expect(list).toMatchObject({ ordered: false, items: [[{ text: 'd e' }], [{ text: 'f' }]] })
    expect(ordered).toMatchObject({ ordered: true })
    expect(code).toEqual({ is: 'code', text: '# no' })
    expect(table).toMatchObject({
      head: [[{ text: 'j' }], [{ text: 'k' }]],
      rows: [[[{ text: '1' }], [{ text: '2' }]]],
    })
  })

  it('makes links of http and https only, and leaves HTML as its words', () => {
    const links = inlines(
      '[a](https://x.example) [b](javascript:alert(1)) ![c](https://x.example/c.png) <b>d</b>',
    )
    expect(links.filter(({ is }) => is === 'link')).toEqual([
      { is: 'link', href: 'https://x.example', of: [{ is: 'text', text: 'a' }] },
    ])
    expect(JSON.stringify(links)).not.toContain('javascript')
    expect(links.at(-1)).toEqual({ is: 'text', text: ' <b>d</b>' })
  })

  it('leaves names with underscores alone', () => {
    expect(inlines('tool_wear_min and 2 * 3 * 4')).toEqual([
      { is: 'text', text: 'tool_wear_min and 2 * 3 * 4' },
    ])
    expect(inlines('**a** _b_ `c*d*`').map(({ is }) => is)).toEqual(['strong', 'text', 'em', 'text', 'code'])
  })

  it('comes to an end with whatever there is', () => {
    for (const text of ['', '```', '|', '| a |\n|--', '> ', '#', '- ', '***', '[](', '\r\n\r\n'])
      expect(Array.isArray(blocks(text))).toBe(true)
  })
})
