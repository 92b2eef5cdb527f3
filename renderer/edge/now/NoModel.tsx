import { useTranslation } from 'react-i18next'

export function NoModel() {
  const { t } = useTranslation()
  return (
    <section className="panel empty">
      <h2 className="say">{t('noModel.title')}</h2>
      <p>{t('noModel.what')}</p>
      <p>
        <code>edgewright install FILE.ewp --edge {window.location.origin}</code>
      </p>
      <p className="muted">{t('noModel.then')}</p>
    </section>
  )
}
