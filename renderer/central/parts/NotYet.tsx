import { useTranslation } from 'react-i18next'
import { Page } from './Page.tsx'

/** A screen that is not built yet says so. */
export function NotYet({ title }: { title: string }) {
  const { t } = useTranslation()
  return (
    <Page title={title}>
      <p className="muted">{t('frame.notYet')}</p>
    </Page>
  )
}
