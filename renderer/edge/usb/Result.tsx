import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'

interface Props {
  summary: ImportSummary
  imported: Imported
  onAgain: () => void
}

/** What became of each package, as the runtime answered it. */
export function Result({ summary, imported, onAgain }: Props) {
  const { t } = useTranslation()
  const heading = useRef<HTMLHeadingElement>(null)
  // The button that was touched is gone: what it came to has the focus, and is read.
  useEffect(() => heading.current?.focus({ preventScroll: true }), [])
  const { packages, wroteBack, writeBackProblem } = imported
  const failed = packages.filter(({ ok }) => !ok).length
  return (
    <section className="panel usb-step" aria-label={t('usb.result')}>
      <h2 className="say" ref={heading} tabIndex={-1}>
        {failed > 0
          ? t('usb.doneBut', { count: failed })
          : t(summary.roles.length + packages.length > 0 ? 'usb.done' : 'usb.doneNothing')}
      </h2>
      {summary.revokes.map(({ model, version, action }) => (
        <p key={`${model} ${version} ${action}`} className="strong">
          {t(`usb.revokes.${action}`, { model, version })}
        </p>
      ))}
      <ul className="results">
        {packages.map(({ model, version, ok, what }) => (
          <li key={`${model} ${version}`}>
            <span className="strong">
              {what.startsWith(version) ? model : t('usb.name', { model, version })}
            </span>{' '}
            {!ok && `${t('usb.failed')} `}
            <span lang="en">{what}</span>
          </li>
        ))}
      </ul>
      {wroteBack !== null && (
        <p>
          {t('usb.wroteBack')} <code>{wroteBack}</code>
        </p>
      )}
      {writeBackProblem !== undefined && (
        <p className="trouble">
          {t('usb.notWrittenBack')} <span lang="en">{writeBackProblem}</span>
        </p>
      )}
      <p className="muted">{t('usb.pullOut')}</p>
      <div className="ask-acts">
        <Link className="btn" to="/models">
          {t('screens.models')}
        </Link>
        <Button onPress={onAgain}>{t('usb.again')}</Button>
      </div>
    </section>
  )
}
