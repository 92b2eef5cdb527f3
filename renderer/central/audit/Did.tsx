import { useTranslation } from 'react-i18next'
import { ownGroup } from '#core/contracts/fleet.ts'

const wholeKind = /^[a-z-]+\.[a-z-]+$/

/** What was done at central, in words; the kind as it is written where there are none for it. */
export function Did({ kind }: { kind: string }) {
  const { t, i18n } = useTranslation()
  const key = `did.${kind}` as 'did.device.enrolled'
  return wholeKind.test(kind) && i18n.exists(key) ? String(t(key)) : <code>{kind}</code>
}

type Body = Readonly<Record<string, unknown>>
export const bodyOf = (body: unknown): Body =>
  typeof body === 'object' && body !== null ? (body as Body) : {}
const text = (of: unknown): string => (typeof of === 'string' ? of : '')

/** Who did it. A machine is written down as its own group, and stands beside that by name. */
export const doerOf = (by: string, { device, name }: Body): string =>
  typeof device === 'string' && by === ownGroup(device) ? text(name) || by : by

export const reasonOf = ({ reason }: Body): string => text(reason)

/** To what it was done, as far as that has a name. */
export function subjectOf({ rollout, name, model, version, url, site }: Body): string {
  const number = typeof rollout === 'number' ? `#${rollout}` : ''
  const versionOf = [model, version].map(text).filter(Boolean).join(' ')
  return [number, text(name), versionOf, text(site), text(url)].filter(Boolean).join(', ')
}
