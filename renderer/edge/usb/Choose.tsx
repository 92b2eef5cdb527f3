import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Drive } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/client/failure.ts'
import { capital, useFailureWords } from '../../ui/frame/failure-words.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useDrives, useReadStick } from '../client/updates.ts'
import { useFormat } from '../words.ts'

/** Which stick: those that are plugged in, or a folder by its path. */
export function Choose() {
  const { t } = useTranslation()
  const words = useFailureWords()
  const drives = useDrives()
  const read = useReadStick()
  const [typed, setTyped] = useState('')
  const fieldId = useId()
  const path = typed.trim()
  const cancelled = read.error instanceof Failure && read.error.code === 'cancelled'
  return (
    <section className="panel usb-step" aria-label={t('usb.choose')}>
      <h2 className="say">{t('usb.choose')}</h2>
      {read.error && !cancelled && (
        <div className="refused" role="alert">
          <p className="strong">{t('usb.refused', { path: read.variables })}</p>
          <p className="reason">{capital(words(read.error))}</p>
          <Button onPress={() => read.mutate(read.variables)}>{t('button.retry')}</Button>
        </div>
      )}
      {drives.data ? (
        <ul className="drives" aria-label={t('usb.drives')}>
          {drives.data.map((drive) => (
            <DriveRow
              key={drive.path}
              drive={drive}
              busy={read.isPending}
              onRead={() => read.mutate(drive.path)}
            />
          ))}
          {drives.data.length === 0 && <li className="muted">{t('usb.none')}</li>}
        </ul>
      ) : (
        <Pending error={drives.error} retry={() => void drives.refetch()} />
      )}
      <div className="folder fields">
        <label htmlFor={fieldId}>
          <span className="note">{t('usb.folder')}</span>
          <input
            id={fieldId}
            maxLength={4096}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onKeyDown={(event) => event.key === 'Enter' && path !== '' && read.mutate(path)}
          />
        </label>
        <Button busy={read.isPending} off={path === ''} onPress={() => read.mutate(path)}>
          {t('usb.readFolder')}
        </Button>
      </div>
    </section>
  )
}

function DriveRow({ drive, busy, onRead }: { drive: Drive; busy: boolean; onRead: () => void }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { label, path, repository, freeBytes } = drive
  return (
    <li>
      <div>
        <p className="strong">{label}</p>
        <p className="note">
          <code>{path}</code>
          {freeBytes !== null && ` · ${t('usb.free', { free: format.bytes(freeBytes) })}`}
        </p>
      </div>
      {repository === null ? (
        <p className="muted">{t('usb.holdsNone')}</p>
      ) : (
        <Button primary busy={busy} onPress={onRead}>
          {t('usb.read', { label })}
        </Button>
      )}
    </li>
  )
}
