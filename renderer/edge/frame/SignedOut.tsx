import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Alone } from '../../ui/frame/Alone.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useEdge } from '../client/context.ts'

/** How to get in: this page cannot know who is asking. */
export function SignedOut({ spent }: { spent: boolean }) {
  const { t } = useTranslation()
  const { link } = useEdge()
  useTitle(t('signIn.title'))
  return (
    <Alone title={t('signIn.title')}>
      {spent && <p className="strong">{t('signIn.spent')}</p>}
      <p>{t('signIn.what')}</p>
      <p>
        <code>edgewright link --data DIR</code>
      </p>
      <p className="muted">{t('signIn.then')}</p>
      <Button onPress={() => link.start()}>{t('button.retry')}</Button>
    </Alone>
  )
}
