import { useMutation } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { z } from 'zod'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/client/failure.ts'
import type { Progress, Upload } from '../../ui/client/upload.ts'
import { useFailureWords } from '../../ui/frame/failure-words.ts'
import { useEdge } from '../client/context.ts'
import { useFormat } from '../words.ts'

const installedSchema = z.object({ id: z.string() })

/** A package from this computer: sent with its progress, then checked by the runtime; refused with the reason in full. */
export function PackageFile({ onStaged }: { onStaged: (model: string) => void }) {
  const { t } = useTranslation()
  const edge = useEdge()
  const words = useFailureWords()
  const [file, setFile] = useState<File | null>(null)
  const [progress, setProgress] = useState<Progress | null>(null)
  const running = useRef<Upload | null>(null)
  const input = useRef<HTMLInputElement>(null)
  const inputId = useId()
  useEffect(() => () => running.current?.cancel(), [])
  const send = useMutation({
    mutationFn: async (chosen: File) => {
      setProgress({ sent: 0, of: chosen.size })
      running.current = edge.upload('/api/models', chosen, setProgress)
      const parsed = installedSchema.safeParse(await running.current.answer)
      if (!parsed.success) throw new Failure('unreadable', '/api/models')
      return parsed.data
    },
    onSuccess: async ({ id }) => {
      setFile(null)
      onStaged(id)
      await edge.refreshStatus()
    },
    onSettled: () => setProgress(null),
  })
  const start = (chosen: File) => {
    setFile(chosen)
    send.mutate(chosen)
  }
  const cancelled = send.error instanceof DOMException && send.error.name === 'AbortError'
  return (
    <section className="package-file">
      <h2 className="sr">{t('package.title')}</h2>
      <input
        ref={input}
        id={inputId}
        className="sr"
        type="file"
        accept=".ewp"
        tabIndex={-1}
        aria-label={t('package.choose')}
        onChange={(event) => {
          const [chosen] = event.target.files ?? []
          event.target.value = ''
          if (chosen) start(chosen)
        }}
      />
      <Button busy={progress !== null} onPress={() => input.current?.click()}>
        {t('package.choose')}
      </Button>
      {progress && (
        <div className="panel sending">
          <Sending name={file?.name ?? ''} progress={progress} />
          <Button onPress={() => running.current?.cancel()}>{t('button.cancel')}</Button>
        </div>
      )}
      {send.error && !cancelled && !progress && (
        <div className="panel sending" role="alert">
          <div>
            <p className="strong">{t('package.refused', { name: file?.name ?? '' })}</p>
            <p>{words(send.error)}</p>
          </div>
          {file && <Button onPress={() => send.mutate(file)}>{t('button.retry')}</Button>}
        </div>
      )}
    </section>
  )
}

function Sending({ name, progress: { sent, of } }: { name: string; progress: Progress }) {
  const { t } = useTranslation()
  const format = useFormat()
  const all = of > 0 && sent >= of
  return (
    <div role="status">
      <p>{all ? t('package.checking', { name }) : t('package.sending', { name })}</p>
      <progress max={1} value={all || of === 0 ? 1 : sent / of} aria-label={name} />
      <p className="note">{t('package.sent', { sent: format.bytes(sent), of: format.bytes(of) })}</p>
    </div>
  )
}
