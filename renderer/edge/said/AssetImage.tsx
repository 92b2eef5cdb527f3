import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/client/failure.ts'
import { useEdge } from '../client/context.ts'

interface Props {
  model: string
  sha256: string
  alt: string
  /** A thumbnail: a word in place of what cannot be shown. */
  small?: boolean
  /** Its own size in words, once it is here. */
  onSize?: (words: string) => void
}

/** `sha256:HEX` in place of an image or a series; undefined for anything else. */
export function hexOf(text: string | null | undefined): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(text ?? '')?.[1]
}

/** An image that a reading brought; where it cannot be shown, a hatched box and why. */
export function AssetImage({ model, sha256, alt, small = false, onSize }: Props) {
  const { t } = useTranslation()
  const { api } = useEdge()
  const [failed, setFailed] = useState(false)
  const path = `/api/models/${encodeURIComponent(model)}/attachments/${sha256}`
  // An <img> does not tell why it failed.
  const asked = useQuery({
    queryKey: ['attachment', model, sha256],
    queryFn: ({ signal }) => api.reach(path, signal),
    enabled: failed,
    staleTime: 0,
  })
  if (!failed)
    return (
      <img
        className="picture"
        src={path}
        alt={alt}
        onError={() => setFailed(true)}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight, clientWidth } }) => {
          const size = `${naturalWidth}\u00a0×\u00a0${naturalHeight}`
          onSize?.(t(naturalWidth < clientWidth ? 'image.enlarged' : 'image.size', { size }))
        }}
      />
    )
  const status = asked.error instanceof Failure ? asked.error.status : undefined
  const words = asked.isPending
    ? ''
    : status === 404
      ? t('image.gone')
      : status === 401 || status === 403
        ? t('image.forbidden')
        : asked.isSuccess
          ? t('image.broken')
          : t('image.failed')
  return (
    <div className="picture hatched" role="img" aria-label={`${alt}. ${words}`}>
      {words && <span>{small ? t('image.none') : words}</span>}
      {!small && asked.error && status === 0 && (
        <Button onPress={() => setFailed(false)}>{t('button.retry')}</Button>
      )}
    </div>
  )
}
