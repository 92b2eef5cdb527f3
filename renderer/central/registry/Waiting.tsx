import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { type Signing, signaturesSchema, signingSchema } from '#core/contracts/registry.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useCentral, useMay } from '../client/context.ts'
import { useGet, withParams } from '../client/queries.ts'
import { FileButton } from '../parts/FileButton.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { registryAreas, useSigners } from './version-words.ts'

/** Many keys may have signed a large file; the server reads and settles all of it. */
const limitMs = 60_000

/** What waits for signatures: the file goes out to those who sign, and comes back. */
export function Waiting() {
  const { t } = useTranslation()
  const may = useMay()
  const { data, error, refetch } = useGet(signingSchema, '/api/registry/signing', { everyMs: 30_000 })
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('signing.title')}</h2>
        {data.roles.length > 0 && (
          <div className="acts">
            <a className="btn" href="/api/registry/signing/file" download="to-sign.json">
              {t('signing.download')}
            </a>
          </div>
        )}
      </div>
      {data.roles.length === 0 ? (
        <p className="muted">{t('signing.nothing')}</p>
      ) : (
        <ul className="plain">
          {data.roles.map((role) => (
            <li key={role.role}>
              <Role of={role} />
            </li>
          ))}
        </ul>
      )}
      {(may('publisher') || may('approver')) && <BringBack />}
    </section>
  )
}

function Role({ of }: { of: Signing['roles'][number] }) {
  const { t } = useTranslation()
  const signers = useSigners()
  return (
    <>
      <p>
        <span className="strong">{of.role}</span>, {t('repository.issue', { version: of.version })}:{' '}
        {signers({ signedBy: of.have, threshold: of.threshold }, of.signers)}
      </p>
      <ul className="changes" lang="en">
        {of.changes.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
      <p className="note">
        {t('signing.compare')} <code className="digest">{of.digest}</code>
      </p>
    </>
  )
}

function BringBack() {
  const { t } = useTranslation()
  const { api, queries } = useCentral()
  const format = useFormat()
  const bring = useMutation({
    mutationFn: async (file: File) => {
      const parsed = asObject(await file.text())
      if (!parsed) throw new Error(t('signing.noFile', { name: file.name }))
      return api.post(signaturesSchema, '/api/registry/signatures', parsed, limitMs)
    },
    onSettled: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) => registryAreas.some((area) => area === queryKey[0]),
      }),
  })
  const { data } = bring
  return (
    <div className="bring">
      <FileButton
        label={t('signing.bring')}
        accept=".json,application/json"
        busy={bring.isPending}
        onFile={(file) => bring.mutate(file)}
      />
      <p className="note">{t('signing.how')}</p>
      {data && (
        <div role="status">
          {data.imported.map(({ role, added }) => (
            <p key={role}>
              {role}:{' '}
              {added.length === 0 ? t('signing.noneNew') : t('signing.added', { names: format.list(added) })}
            </p>
          ))}
          {data.live.length > 0 && (
            <p className="strong">
              {t('signing.live', { roles: format.list(data.live.map(({ role }) => role)) })}
            </p>
          )}
          {data.waiting.map(({ role, why }) => (
            <p key={role}>
              {role}: <span lang="en">{why}</span>
            </p>
          ))}
        </div>
      )}
      <Trouble error={bring.error instanceof Error ? bring.error : null} />
    </div>
  )
}

/** The file of one role, or of all. */
export const signingFile = (role?: string): string => withParams('/api/registry/signing/file', { role })

function asObject(text: string): object | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? parsed : undefined
  } catch {
    // Not JSON: no signing file.
    return undefined
  }
}
