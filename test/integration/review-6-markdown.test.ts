import { expect, it } from 'vitest'
import { blocks } from '../../renderer/central/parts/markdown.ts'

const n = 60_000
/** A card is shown before anybody has signed it: whoever may propose a version writes it. */
it.each(
  Object.entries({
    links: '[a]('.repeat(n / 4),
    brackets: '['.repeat(n),
    stars: '*'.repeat(n),
    underlines: '_*'.repeat(n / 2),
    'a heading': `# ${'#'.repeat(n)}b`,
    'a heading with blanks': `# a${' '.repeat(n)}b`,
    'a rule': `${'- '.repeat(n / 2)}x`,
    comments: '<!--'.repeat(n / 4),
    'a table': `a|b\n-|-${' '.repeat(n)}x`,
    'a table with bars': `a|b\n${'-|'.repeat(n / 2)}x`,
    blanks: `${' '.repeat(n)}x`,
  }),
)('a card of %s keeps no browser busy', (_what, text) => {
  expect(blocks(text)).toBeDefined()
})

it('a card says what it said', () => {
  const text =
    '## Use ##\n\nSee [docs](https://a.example/x "title"), **not** `this`.<!-- hidden --> After\n\n<!-- open'
  expect(blocks(text)).toEqual([
    { is: 'heading', level: 2, of: [{ is: 'text', text: 'Use' }] },
    {
      is: 'paragraph',
      of: [
        { is: 'text', text: 'See ' },
        { is: 'link', href: 'https://a.example/x', of: [{ is: 'text', text: 'docs' }] },
        { is: 'text', text: ', ' },
        { is: 'strong', of: [{ is: 'text', text: 'not' }] },
        { is: 'text', text: ' ' },
        { is: 'code', text: 'this' },
        { is: 'text', text: '. After' },
      ],
    },
    { is: 'paragraph', of: [{ is: 'text', text: '<!-- open' }] },
  ])
})
