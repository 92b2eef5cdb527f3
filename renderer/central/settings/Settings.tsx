import { useTranslation } from 'react-i18next'
import { useMay } from '../client/context.ts'
import { Page } from '../parts/Page.tsx'
import { Hooks } from './Hooks.tsx'
import { JoinCodes } from './JoinCodes.tsx'
import { OwnPassword } from './OwnPassword.tsx'
import { People } from './People.tsx'
import './settings.css'

/** People, join codes and who is told of what; an admin's, but for one's own password. */
export function Settings() {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <Page title={t('screens.settings')}>
      <OwnPassword />
      {may('admin') ? (
        <>
          <People />
          <JoinCodes />
          <Hooks />
        </>
      ) : (
        <p className="panel">{t('admin.needed')}</p>
      )}
    </Page>
  )
}
