import { useMutation } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Uploaded, uploadedSchema } from '#core/contracts/registry.ts'
import { Button } from '../../ui/Button.tsx'
import { Failure } from '../../ui/client/failure.ts'
import { type Progress, type Upload, upload } from '../../ui/client/upload.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useCentral } from '../client/context.ts'
import { withParams } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { FileButton } from '../parts/FileButton.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { registryAreas } from './version-words.ts'
import { signingFile } from './Waiting.tsx'

interface Props {
  families: readonly string[]
  onClose: () => void
}

/** A package from this computer to the registry, where it waits for signatures; no machine takes it before. */
export function UploadPackage({ families, onClose }: Props) {
  const { t } = useTranslation()
  const { queries } = useCentral()
  const [family, setFamily] = useState(families[0] ?? '')
  const [platform, setPlatform] = useState('')
  const [progress, setProgress] = useState<Progress | null>(null)
  const running = useRef<Upload | null>(null)
  useEffect(() => () => running.current?.cancel(), [])
  const send = useMutation({
    mutationFn: async (file: File) => {
      setProgress({ sent: 0, of: file.size })
      const path = withParams('/api/registry/packages', {
        family: families.length > 1 ? family : undefined,
        platform: platform.replaceAll(/\s/g, ''),
      })
      running.current = upload(path, file, setProgress, 'PUT')
      const parsed = uploadedSchema.safeParse(await running.current.answer)
      if (!parsed.success) throw new Failure('unreadable', path)
      return parsed.data
    },
    onSettled: () => {
      setProgress(null)
      return queries.invalidateQueries({
        predicate: ({ queryKey }) => registryAreas.some((area) => area === queryKey[0]),
      })
    },
  })
  const cancelled = send.error instanceof DOMException && send.error.name === 'AbortError'
  if (send.data) return <Next of={send.data} onClose={onClose} />
  return (
    <Dialog open title={t('registry.upload')} onClose={onClose} size={560}>
      <p>{t('upload.what')}</p>
      {families.length > 1 && (
        <Choice
          label={t('upload.family')}
          value={family}
          options={families.map((each) => [each, each])}
          onChange={setFamily}
        />
      )}
      <Field
        label={t('upload.platform')}
        hint={t('upload.platformHint')}
        value={platform}
        maxLength={200}
        onText={setPlatform}
      />
      {progress && <Sending progress={progress} />}
      <Trouble error={cancelled ? null : send.error} />
      <div className="dialog-acts">
        <FileButton
          primary
          label={t('upload.choose')}
          accept=".ewp"
          busy={send.isPending}
          onFile={(file) => send.mutate(file)}
        />
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}

function Sending({ progress: { sent, of } }: { progress: Progress }) {
  const { t } = useTranslation()
  const format = useFormat()
  const all = of > 0 && sent >= of
  return (
    <div role="status" className="sending">
      <p>{all ? t('upload.checking') : t('upload.sending')}</p>
      <progress max={1} value={all || of === 0 ? 1 : sent / of} aria-label={t('upload.sending')} />
      <p className="note">{t('upload.sent', { sent: format.bytes(sent), of: format.bytes(of) })}</p>
    </div>
  )
}

/** What happens next: a file to be signed goes out, and comes back signed. */
function Next({ of, onClose }: { of: Uploaded; onClose: () => void }) {
  const { t } = useTranslation()
  const { model, version, family, known, voided, waiting } = of
  const role = `models-${family}`
  return (
    <Dialog open title={t('upload.done', { model, version })} onClose={onClose} size={560}>
      {known && <p>{t('upload.known')}</p>}
      {voided.length > 0 && <p className="strong">{t('upload.voided', { names: voided.join(', ') })}</p>}
      {waiting.length === 0 ? (
        <p>{t('upload.nothingWaits')}</p>
      ) : (
        <ol className="steps">
          <li>{t('upload.step1')}</li>
          <li>
            <span>
              {t('upload.step2')} <code>edgewright repo sign to-sign.json --key KEY</code>
            </span>
          </li>
          <li>{t('upload.step3')}</li>
        </ol>
      )}
      <div className="dialog-acts">
        {waiting.length > 0 && (
          <a className="btn primary" href={signingFile(role)} download="to-sign.json">
            {t('signing.download')}
          </a>
        )}
        <Button onPress={onClose}>{t('accounts.close')}</Button>
      </div>
    </Dialog>
  )
}
