import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useVerifyRecord } from '../client/deploy.ts'
import { useFormat } from '../words.ts'

/** The record's own test: every link of its chain, on request, because it reads all of it. */
export function RecordCheck() {
  const { t } = useTranslation()
  const format = useFormat()
  const words = useFailureWords()
  const check = useVerifyRecord()
  const { data } = check
  return (
    <section>
      <h2>{t('record.title')}</h2>
      <div role="status">
        {!data && <p className="muted">{t(check.isPending ? 'record.busy' : 'record.what')}</p>}
        {data && (
          <>
            <p className="strong">{t(data.ok ? 'record.whole' : 'record.broken')}</p>
            {data.problem !== undefined && <p lang="en">{data.problem}</p>}
            <p className="note">
              {t('record.looked', { rows: format.number(data.rows), blocks: format.number(data.blocks) })}
              {data.dropped > 0 && ` ${t('record.dropped', { rows: format.number(data.dropped) })}`}
            </p>
          </>
        )}
      </div>
      {check.error && (
        <p className="trouble" role="alert">
          {words(check.error)}
        </p>
      )}
      <Button busy={check.isPending} onPress={() => check.mutate()}>
        {t(data ? 'record.again' : 'record.check')}
      </Button>
    </section>
  )
}
