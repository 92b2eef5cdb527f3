import { useTranslation } from 'react-i18next'
import type { ImportState } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { useCancelImport } from '../client/updates.ts'
import { useSize } from './size.ts'

/** Its metadata, then its packages: copied, and the copy verified. */
export function Reading({ of }: { of: Extract<ImportState, { state: 'reading' }> }) {
  const { t } = useTranslation()
  const size = useSize()
  const cancel = useCancelImport()
  const { id, path, bytes, ofBytes } = of
  return (
    <section className="panel usb-step" aria-label={t('usb.reading')}>
      <h2 className="say">{t('usb.reading')}</h2>
      <div className="sending">
        <div role="status">
          <p>{t(ofBytes === null ? 'usb.verifying' : 'usb.copying', { path })}</p>
          {ofBytes !== null && ofBytes > 0 && (
            <>
              <progress max={1} value={bytes / ofBytes} aria-label={t('usb.reading')} />
              <p className="note">{t('package.sent', { sent: size(bytes), of: size(ofBytes) })}</p>
            </>
          )}
        </div>
        <Button busy={cancel.isPending} onPress={() => cancel.mutate(id)}>
          {t('button.cancel')}
        </Button>
      </div>
      <p className="muted">{t('usb.untouched')}</p>
    </section>
  )
}
