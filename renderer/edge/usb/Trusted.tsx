import { useTranslation } from 'react-i18next'
import type { Updates } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { sentence, useFailureWords } from '../../ui/frame/failure-words.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useServerNow } from '../client/context.ts'
import { useCheckNow, useUpdates } from '../client/updates.ts'
import { useFormat } from '../words.ts'
import { useSize } from './size.ts'

/** Whose signatures this machine believes, until when, and what it was told to run. */
export function Trusted() {
  const { t } = useTranslation()
  const updates = useUpdates()
  return (
    <aside className="trusted" aria-label={t('trusted.title')}>
      <h2>{t('trusted.title')}</h2>
      {updates.data ? (
        <Facts of={updates.data} />
      ) : (
        <Pending error={updates.error} retry={() => void updates.refetch()} />
      )}
    </aside>
  )
}

function Facts({ of }: { of: Updates }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const { trust, root, site, groups, source, lastCheck, nextCheckAt, view, clock } = of
  const date = (time: string) => format.date(Date.parse(time), nowMs)
  const soonest = Object.entries(view?.expires ?? {}).sort(([, a], [, b]) => Date.parse(a) - Date.parse(b))[0]
  const rows: [key: string, value: string | null][] = [
    ['site', site === null ? null : [site, ...groups].join(' · ')],
    ['root', root && t('trusted.rootIs', { version: root.version, date: date(root.expires) })],
    ['expires', soonest ? t('trusted.until', { role: soonest[0], date: date(soonest[1]) }) : null],
    ['source', trust === 'none' ? null : (source ?? t('trusted.byStick'))],
    ['checked', lastCheck && format.whenS(Date.parse(lastCheck.at), nowMs)],
    ['next', nextCheckAt && format.whenS(Date.parse(nextCheckAt), nowMs)],
  ]
  return (
    <>
      <p className={trust === 'current' ? 'strong' : 'strong attention'}>{t(`trusted.state.${trust}`)}</p>
      {trust === 'none' && <code>edgewright trust ROOT.json --site ID</code>}
      <dl className="facts">
        {rows.map(
          ([key, value]) =>
            value !== null && (
              <div key={key}>
                <dt>{t(`trusted.row.${key}` as 'trusted.row.site')}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      {root && (
        <p className="note">
          {t('trusted.fingerprint')} <Fingerprint of={root.fingerprint} />
        </p>
      )}
      {lastCheck?.problem !== undefined && (
        <p className="trouble" lang="en">
          {sentence(lastCheck.problem)}
        </p>
      )}
      {clock.behind && (
        <p className="trouble">
          {t('trusted.clockBehind', { time: date(new Date(clock.floorMs).toISOString()) })}
        </p>
      )}
      {source !== null && <CheckNow />}
      {view && view.assigned.length > 0 && <Assigned of={of} />}
      {view && view.policy.revoked.length > 0 && (
        <p className="note">{t('trusted.revoked', { count: view.policy.revoked.length })}</p>
      )}
    </>
  )
}

/** In groups, to be compared by eye; copied, it is in one piece. */
function Fingerprint({ of }: { of: string }) {
  const groups = of.match(/.{1,4}/g) ?? []
  return (
    <code className="grouped">
      {groups.map((group, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a group is its place
        <span key={i}>{group}</span>
      ))}
    </code>
  )
}

function CheckNow() {
  const { t } = useTranslation()
  const words = useFailureWords()
  const check = useCheckNow()
  return (
    <>
      <Button busy={check.isPending} onPress={() => check.mutate()}>
        {t(check.isPending ? 'trusted.checking' : 'trusted.check')}
      </Button>
      {check.error && (
        <p className="trouble" role="alert">
          {words(check.error)}
        </p>
      )}
    </>
  )
}

/** What this machine is to run, and how far it is with each. */
function Assigned({ of: { view, progress } }: { of: Updates }) {
  const { t } = useTranslation()
  const format = useFormat()
  const size = useSize()
  return (
    <ul className="assigned" aria-label={t('trusted.assigned')}>
      <li className="note">{t('trusted.assigned')}</li>
      {view?.assigned.map(({ model, version, digest, package: found, problem, signedBy }) => {
        const at = progress.find((each) => each.digest === digest)
        const why = (problem ?? at?.reason)?.replace(`${model} ${version} `, '')
        const moving = at?.state === 'downloading' && at.ofBytes > 0
        return (
          <li key={`${model} ${digest}`}>
            <span className="strong">{t('usb.name', { model, version })}</span>{' '}
            {found ? t(`trusted.progress.${at?.state ?? 'waiting'}`) : t('trusted.progress.failed')}
            {moving && ` ${t('package.sent', { sent: size(at.bytes), of: size(at.ofBytes) })}`}
            {why !== undefined && (
              <span className="note" lang="en">
                {why}
              </span>
            )}
            <span className="note">{t('trusted.by', { who: format.list(found?.signedBy ?? signedBy) })}</span>
          </li>
        )
      })}
    </ul>
  )
}
