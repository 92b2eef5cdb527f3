import { Fragment, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Imported, ImportSummary } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { sentence, useFailureWords } from '../../ui/frame/failure-words.ts'
import { Tick } from '../../ui/Glyphs.tsx'
import { useCancelImport, useConfirmImport } from '../client/updates.ts'
import { useFormat } from '../words.ts'
import { useSize } from './size.ts'

type Found = ImportSummary['packages'][number]

interface Props {
  summary: ImportSummary
  /** Somebody has confirmed it, here or in another window. */
  applying: boolean
  onDone: (imported: Imported) => void
}

/** What the stick would change, whole, on one page; nothing has changed before the one touch at its end. */
export function Summary({ summary, applying, onDone }: Props) {
  const { t } = useTranslation()
  const words = useFailureWords()
  const format = useFormat()
  const confirm = useConfirmImport(summary, onDone)
  const cancel = useCancelImport()
  const [writeBack, setWriteBack] = useState(true)
  const coming = summary.packages.filter(({ skipped }) => skipped === undefined)
  const skipped = summary.packages.filter((each) => each.skipped !== undefined)
  const isNews = coming.length > 0 || summary.roles.length > 0 || summary.revokes.length > 0
  const busy = applying || confirm.isPending
  const [first] = coming
  const go = busy
    ? t('usb.applying')
    : coming.length === 1 && first
      ? t('usb.goOne', { model: first.model, version: first.version })
      : isNews
        ? t('usb.go', { count: coming.length })
        : t('usb.goBack')
  return (
    <section className="panel usb-step" aria-label={t('usb.summary')}>
      <h2 className="say">{t(isNews ? 'usb.summary' : 'usb.nothing')}</h2>
      <p className="note">
        {t('usb.from', { path: summary.path, time: format.timeS(Date.parse(summary.expiresAt)) })}
      </p>
      {summary.revokes.map(({ model, version, action, reason }) => (
        <div className={`found barring ${action}`} key={`${model} ${version} ${action}`}>
          <p className="strong">{t(`usb.revokes.${action}`, { model, version })}</p>
          <p lang="en">{reason}</p>
        </div>
      ))}
      {coming.map((each) => (
        <Coming key={each.digest} of={each} />
      ))}
      {summary.problem !== undefined && (
        <p className="found strong" lang="en">
          {sentence(summary.problem)}
        </p>
      )}
      {skipped.length + summary.problems.length > 0 && (
        <div className="found">
          <p className="strong">{t('usb.skipped')}</p>
          {skipped.map(({ model, version, skipped: why = '', digest }) => (
            <LeftOut key={digest} name={t('usb.name', { model, version })} why={why} />
          ))}
          {summary.problems.map(({ model, version, problem }) => (
            <LeftOut key={`${model} ${version}`} name={t('usb.name', { model, version })} why={problem} />
          ))}
        </div>
      )}
      <Metadata of={summary} />
      <Button
        className="back-too"
        aria-pressed={writeBack}
        off={busy}
        onPress={() => setWriteBack(!writeBack)}
      >
        <Tick on={writeBack} />
        {t('usb.writeBack')}
      </Button>
      <div className="ask-acts">
        <Button primary busy={busy} off={!isNews && !writeBack} onPress={() => confirm.mutate(writeBack)}>
          {go}
        </Button>
        <Button off={busy} onPress={() => cancel.mutate(summary.id)}>
          {t('button.cancel')}
        </Button>
      </div>
      <p className="muted" role="status">
        {t(busy ? 'usb.busy' : 'usb.untouched')}
      </p>
      {(confirm.error ?? cancel.error) && (
        <p className="trouble" role="alert">
          {words(confirm.error ?? cancel.error)}
        </p>
      )}
    </section>
  )
}

/** The runtime's reason begins with the name where it can stand alone. */
function LeftOut({ name, why }: { name: string; why: string }) {
  return (
    <p>
      {!why.startsWith(name) && `${name}: `}
      <span lang="en">{why}</span>
    </p>
  )
}

function Coming({
  of: { model, version, replaces, signedBy, threshold, keys, activate, bytes, digest },
}: {
  of: Found
}) {
  const { t } = useTranslation()
  const format = useFormat()
  const size = useSize()
  return (
    <div className="found">
      <p className="coming">
        <b>{t('usb.name', { model, version })}</b>{' '}
        {replaces === null ? t('usb.first') : t('usb.replaces', { version: replaces })}
      </p>
      <p>
        {t('usb.signed', { who: format.list(signedBy), signed: signedBy.length, needed: threshold, keys })}
      </p>
      <p>{t(`usb.activate.${replaces === null ? 'first' : activate}`)}</p>
      <p className="note">
        {size(bytes)}, <code>{digest}</code>
      </p>
    </div>
  )
}

/** What changes in what is believed: whose keys, which versions of it. */
function Metadata({ of: { roles, rootRotations } }: { of: ImportSummary }) {
  const { t } = useTranslation()
  if (roles.length === 0) return <p className="muted">{t('usb.sameMetadata')}</p>
  return (
    <div className="found">
      {rootRotations > 0 && <p className="strong">{t('usb.rotations', { count: rootRotations })}</p>}
      <p className="note">
        {t('usb.roles')}{' '}
        {roles.map(({ role, version, here }, i) => (
          <Fragment key={role}>
            {i > 0 && ' · '}
            <span className="whole">
              {here === null ? t('usb.roleNew', { role, version }) : t('usb.role', { role, version, here })}
            </span>
          </Fragment>
        ))}
      </p>
    </div>
  )
}
