import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../Button.tsx'
import { Alone } from './Alone.tsx'

/** A mistake in this page is said, never shown as an empty one. */
export class Broken extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    return this.state.error ? <BrokenPage error={this.state.error} /> : this.props.children
  }
}

export function BrokenPage({ error }: { error: Error }) {
  const { t } = useTranslation()
  return (
    <Alone title={t('broken.title')}>
      <p>{t('broken.what')}</p>
      <p className="note">{error.message}</p>
      <Button primary onPress={() => window.location.reload()}>
        {t('button.reload')}
      </Button>
    </Alone>
  )
}
