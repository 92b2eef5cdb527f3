import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { chooseLanguage, languages } from '../../../renderer/edge/i18n.ts'
import de from '../../../renderer/edge/locales/de.json'
import en from '../../../renderer/edge/locales/en.json'
import peopleDe from '../../../renderer/edge/locales/people.de.json'
import peopleEn from '../../../renderer/edge/locales/people.en.json'
import technicianDe from '../../../renderer/edge/locales/technician.de.json'
import technicianEn from '../../../renderer/edge/locales/technician.en.json'
import usbDe from '../../../renderer/edge/locales/usb.de.json'
import usbEn from '../../../renderer/edge/locales/usb.en.json'

function flat(tree: object, path = ''): Map<string, string> {
  const leaves = new Map<string, string>()
  for (const [key, value] of Object.entries(tree))
    if (typeof value === 'string') leaves.set(path + key, value)
    else for (const [inner, text] of flat(value as object, `${path}${key}.`)) leaves.set(inner, text)
  return leaves
}

const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()
const english = flat({ ...en, ...peopleEn, ...technicianEn, ...usbEn })
const german = flat({ ...de, ...peopleDe, ...technicianDe, ...usbDe })

describe('languages', () => {
  it('have no name twice', () => {
    const names = [en, peopleEn, technicianEn, usbEn].flatMap((each) => Object.keys(each))
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
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
    const folder = join(import.meta.dirname, '../../../renderer/edge')
    const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'))
      .join('\n')
    // A key made of parts counts as used by its beginning: t(`state.${…}`).
    const used = (key: string) => {
      const plain = key.replace(/_(zero|one|other)$/, '')
      const parents = plain.split('.').map((_, i, parts) => `${parts.slice(0, i + 1).join('.')}.$`)
      return source.includes(`'${plain}'`) || parents.some((parent) => source.includes(`\`${parent}`))
    }
    expect([...english.keys()].filter((key) => !used(key))).toEqual([])
  })

  it('follow the reader’s choice, then the browser’s order, then English', () => {
    expect(languages).toEqual(['en', 'de'])
    expect(chooseLanguage('de', ['en-US'])).toBe('de')
    expect(chooseLanguage(null, ['fr-FR', 'de-AT', 'en'])).toBe('de')
    expect(chooseLanguage('xx', ['fr'])).toBe('en')
  })
})
