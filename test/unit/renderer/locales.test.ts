import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { words as central } from '../../../renderer/central/i18n.ts'
import { words as edge } from '../../../renderer/edge/i18n.ts'
import { chooseLanguage, languages } from '../../../renderer/ui/languages.ts'

function flat(tree: object, path = ''): Map<string, string> {
  const leaves = new Map<string, string>()
  for (const [key, value] of Object.entries(tree))
    if (typeof value === 'string') leaves.set(path + key, value)
    else for (const [inner, text] of flat(value as object, `${path}${key}.`)) leaves.set(inner, text)
  return leaves
}

const renderer = join(import.meta.dirname, '../../../renderer')
const filesIn = (folder: string) =>
  readdirSync(join(renderer, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
    join(renderer, folder, name),
  )
const sourceOf = (...folders: string[]) =>
  folders
    .flatMap(filesIn)
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(name, 'utf8'))
    .join('\n')
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()
const singular = (key: string) => key.replace(/_(zero|one|other)$/, '')

describe.each([
  { console: 'edge', words: edge },
  { console: 'central', words: central },
])('the words of $console', ({ console, words }) => {
  const english = flat(words.en)
  const german = flat(words.de)

  it.each(languages)('have no name twice, %s', (language) => {
    const names = filesIn(`${console}/locales`)
      .filter((name) => name.endsWith(`${language}.json`))
      .flatMap((name) => Object.keys(JSON.parse(readFileSync(name, 'utf8'))))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    expect(new Set(names)).toEqual(new Set(Object.keys(words[language])))
  })

  it('say the same things', () => {
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it('have the same holes in each sentence', () => {
    const inGerman = [...german].map(([key, text]) => [key, holes(text)])
    const inEnglish = [...german.keys()].map((key) => [key, holes(english.get(key) ?? '')])
    expect(inGerman).toEqual(inEnglish)
  })

  it('leave no key without use', () => {
    const source = sourceOf(console, 'ui')
    // A key made of parts counts as used by its beginning: t(`state.${…}`).
    const used = (key: string) => {
      const plain = singular(key)
      const parents = plain.split('.').map((_, i, parts) => `${parts.slice(0, i + 1).join('.')}.$`)
      return source.includes(`'${plain}'`) || parents.some((parent) => source.includes(`\`${parent}`))
    }
    expect([...english.keys()].filter((key) => !used(key))).toEqual([])
  })

  it('hold every key that is used', () => {
    const has = new Set([...english.keys()].map(singular))
    const asked = [...sourceOf(console, 'ui').matchAll(/\bt\(\s*'([\w.-]+)'/g)].map(([, key]) => key!)
    expect(asked.filter((key) => !has.has(key))).toEqual([])
  })
})

describe('languages', () => {
  it('follow the reader’s choice, then the browser’s order, then English', () => {
    expect(languages).toEqual(['en', 'de'])
    expect(chooseLanguage('de', ['en-US'])).toBe('de')
    expect(chooseLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de')
    expect(chooseLanguage('xx', ['fr'])).toBe('en')
  })
})

/** What central writes into its log: the kinds that stand in its source where something is recorded or told. */
function recorded(): string[] {
  const central = join(renderer, '../central')
  const source = readdirSync(central, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(central, name), 'utf8'))
    .join('\n')
  const places =
    /(?:record\((?:[^;()]|\(\))*?|#change\(device, |do: 'tell', kind: |const kind = [^\n]*)'([a-z-]+\.[a-z-]+)'(?: : '([a-z-]+\.[a-z-]+)')?/g
  return [...source.matchAll(places)].flatMap(([, one, other]) => [one ?? [], other ?? []].flat())
}

it('there are words for everything that central records', () => {
  const kinds = recorded()
  expect(kinds).toEqual(
    expect.arrayContaining(['device.confirmed', 'device.enrolled', 'rollout.group-began']),
  )
  expect(kinds.filter((kind) => !flat(central.en.did).has(kind))).toEqual([])
})
