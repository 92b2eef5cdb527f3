import { z } from 'zod'

/** Words an author wrote: one language, or one text per language code (`{ en, de }`). */
export const textSchema = z.union([
  z.string().min(1),
  z.record(z.string().regex(/^[a-z]{2,3}$/), z.string().min(1)),
])
export type Text = z.infer<typeof textSchema>

/** The text in `language`, else in English, else in whatever language there is. */
export function say(text: Text, language: string): string {
  if (typeof text === 'string') return text
  return text[language] ?? text['en'] ?? Object.values(text)[0] ?? ''
}
