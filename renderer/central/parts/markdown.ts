/** The markdown that model cards are written in, as data: nothing of it can become HTML. */

export type Inline =
  | { is: 'text' | 'code'; text: string }
  | { is: 'strong' | 'em'; of: Inline[] }
  | { is: 'link'; href: string; of: Inline[] }

export type Block =
  | { is: 'heading'; level: number; of: Inline[] }
  | { is: 'paragraph' | 'quote'; of: Inline[] }
  | { is: 'list'; ordered: boolean; items: Inline[][] }
  | { is: 'code'; text: string }
  | { is: 'table'; head: Inline[][]; rows: Inline[][][] }

/** No part may be of any length: a card that nobody has signed yet must not keep a browser busy for hours. */
const marks =
  /`([^`]{1,2000})`|\*\*([^*]{1,2000})\*\*|__([^_]{1,2000})__|\*([^*\s][^*]{0,2000})\*|(?<!\w)_([^_\s][^_]{0,2000})_(?!\w)|!?\[([^\]]{0,500})\]\(([^)\s]{0,2000})(?:\s[^)]{0,500})?\)/g
/** Longer than any line that a person writes: shown as it is. */
const longest = 20_000

/** Links lead only to http and https; what else is written as one stays as its words. */
export function inlines(text: string): Inline[] {
  if (text.length > longest) return [{ is: 'text', text }]
  const found: Inline[] = []
  let from = 0
  const plain = (to: number) => {
    if (to > from) found.push({ is: 'text', text: text.slice(from, to) })
  }
  for (const match of text.matchAll(marks)) {
    const [whole, code, strong, strong2, em, em2, words, href = ''] = match
    plain(match.index)
    from = match.index + whole.length
    const bold = strong ?? strong2
    const slanted = em ?? em2
    if (code !== undefined) found.push({ is: 'code', text: code })
    else if (bold !== undefined) found.push({ is: 'strong', of: inlines(bold) })
    else if (slanted !== undefined) found.push({ is: 'em', of: inlines(slanted) })
    else if (/^https?:\/\//.test(href) && !whole.startsWith('!'))
      found.push({ is: 'link', href, of: [{ is: 'text', text: words || href }] })
    else found.push({ is: 'text', text: words ?? '' })
  }
  plain(text.length)
  return found
}

const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/
const heading = /^(#{1,6})\s+(.*)$/
const fence = /^(```|~~~)/
const tableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$/
const isTableRule = (line: string): boolean => line.length <= 1_000 && tableRule.test(line)
const begins = (line: string): boolean =>
  line.trim() === '' || heading.test(line) || fence.test(line) || item.test(line) || line.startsWith('>')

/** Headings, paragraphs, lists, quotes, code, tables; front matter and comments are left out. */
export function blocks(markdown: string): Block[] {
  const lines = uncommented(markdown.replace(/\r\n?/g, '\n').replace(/^---\n[\s\S]*?\n---\n/, '')).split('\n')
  const found: Block[] = []
  let i = 0
  const take = (fits: (line: string) => boolean): string[] => {
    const taken: string[] = []
    for (; i < lines.length && fits(lines[i]!); i++) taken.push(lines[i]!)
    return taken
  }
  while (i < lines.length) {
    const line = lines[i]!
    const head = line.length > longest ? null : heading.exec(line)
    if (line.trim() === '' || /^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) i++
    else if (head) {
      found.push({ is: 'heading', level: head[1]!.length, of: inlines(unhashed(head[2]!)) })
      i++
    } else if (fence.test(line)) {
      i++
      found.push({ is: 'code', text: take((each) => !fence.test(each)).join('\n') })
      i++
    } else if (line.includes('|') && isTableRule(lines[i + 1] ?? '')) {
      const [first, , ...rest] = take((each) => each.includes('|'))
      found.push({ is: 'table', head: cells(first!), rows: rest.map(cells) })
    } else if (line.startsWith('>')) {
      const said = take((each) => each.startsWith('>')).map((each) => each.replace(/^>\s?/, ''))
      found.push({ is: 'quote', of: inlines(said.join(' ')) })
    } else if (item.test(line)) found.push(list(take))
    else {
      i++
      found.push({
        is: 'paragraph',
        of: inlines([line, ...take((each) => !begins(each))].join(' ').trim()),
      })
    }
  }
  return found
}

/** Without the hashes that may close a heading. */
function unhashed(text: string): string {
  let end = text.trimEnd().length
  while (text[end - 1] === '#') end--
  return text.slice(0, end).trimEnd()
}

/** A comment that does not end is shown: nothing hides what is behind it. */
function uncommented(text: string): string {
  let said = ''
  let from = 0
  for (;;) {
    const begin = text.indexOf('<!--', from)
    const end = begin < 0 ? -1 : text.indexOf('-->', begin + 4)
    if (end < 0) return said + text.slice(from)
    said += text.slice(from, begin)
    from = end + 3
  }
}

/** Lines that are no items and are indented go on with the item before them. */
function list(take: (fits: (line: string) => boolean) => string[]): Block {
  const items: string[] = []
  let ordered = false
  for (const line of take((each) => item.test(each) || /^\s+\S/.test(each))) {
    const match = item.exec(line)
    if (!match) items.push(`${items.pop() ?? ''} ${line.trim()}`)
    else {
      if (items.length === 0) ordered = match[1] !== undefined
      items.push(match[2]!)
    }
  }
  return { is: 'list', ordered, items: items.map(inlines) }
}

const cells = (line: string): Inline[][] =>
  line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => inlines(cell.trim()))
