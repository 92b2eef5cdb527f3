import { useTranslation } from 'react-i18next'

const minuteMs = 60_000

/** Of what the browser's idea of the runtime's clock is off at most. */
const slackMs = 1000

/** `40 s`, `9 min`: rounded up, so that nothing is over before it says so. */
export function useLeft(): (ms: number) => string {
  const { t } = useTranslation()
  return (ms) =>
    ms < minuteMs
      ? t('people.seconds', { count: Math.max(0, Math.ceil(ms / 1000)) })
      : t('people.minutes', { count: Math.ceil((ms - slackMs) / minuteMs) })
}
