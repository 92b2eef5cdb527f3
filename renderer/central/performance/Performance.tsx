import { useTranslation } from 'react-i18next'
import { NotYet } from '../parts/NotYet.tsx'

export function Performance() {
  const { t } = useTranslation()
  return <NotYet title={t('screens.performance')} />
}
