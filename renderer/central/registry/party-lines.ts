import { type Party, partySchema } from '#core/contracts/ownership.ts'

/** One party in a line, `Name <contact>`, as people write addresses. */
export const toLines = (parties: readonly Party[]): string =>
  parties.map(({ name, contact }) => (contact === undefined ? name : `${name} <${contact}>`)).join('\n')

/** undefined: a line is no party. Empty lines do not count. */
export function fromLines(text: string): Party[] | undefined {
  const found: Party[] = []
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '') continue
    const [, name = line, contact] = /^(.*?)\s*<([^<>]*)>$/.exec(line) ?? []
    const party = partySchema.safeParse(contact === undefined ? { name } : { name, contact })
    if (!party.success) return undefined
    found.push(party.data)
  }
  return found.length > 20 ? undefined : found
}
