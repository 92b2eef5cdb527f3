import { useTranslation } from 'react-i18next'
import { useFormat } from '../../ui/use-format.ts'
import { useServerNow } from '../client/context.ts'

const minuteMs = 60_000

/** The time alone today, else with its date. */
export function When({ at }: { at: string }) {
  const format = useFormat()
  const nowMs = useServerNow(minuteMs)
  return <time dateTime={at}>{format.when(Date.parse(at), nowMs)}</time>
}

/** `12 min ago` */
export function Ago({ at }: { at: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow()
  return <time dateTime={at}>{t('age.ago', { age: format.age(nowMs - Date.parse(at)) })}</time>
}
