import { useTranslation } from 'react-i18next'
import { NotYet } from '../parts/NotYet.tsx'

export function Audit() {
  const { t } = useTranslation()
  return <NotYet title={t('screens.audit')} />
}
