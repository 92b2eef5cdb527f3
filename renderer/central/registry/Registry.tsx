import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Alias,
  type RegistryModel,
  registryPageSchema,
  repositoryStatusSchema,
} from '#core/contracts/registry.ts'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useMay } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { Field } from '../parts/Field.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { useSettled } from '../parts/use-settled.ts'
import { Repository } from './Repository.tsx'
import { UploadPackage } from './UploadPackage.tsx'
import { useSay } from './version-words.ts'
import { Waiting } from './Waiting.tsx'
import './registry.css'

/** Models that there are to deploy, what waits for signatures, and the signed repository itself. */
export function Registry() {
  const { t } = useTranslation()
  const may = useMay()
  const [uploads, setUploads] = useState(false)
  const repository = useGet(repositoryStatusSchema, '/api/registry/repository', { everyMs: 60_000 })
  const status = repository.data
  return (
    <Page
      title={t('screens.registry')}
      acts={
        may('publisher') &&
        status?.exists && (
          <Button primary onPress={() => setUploads(true)}>
            {t('registry.upload')}
          </Button>
        )
      }
    >
      {status?.exists && <Waiting />}
      <Models />
      {status ? (
        <Repository status={status} />
      ) : (
        <Pending error={repository.error} retry={() => void repository.refetch()} />
      )}
      {uploads && status && <UploadPackage families={status.families} onClose={() => setUploads(false)} />}
    </Page>
  )
}

function Models() {
  const { t } = useTranslation()
  const format = useFormat()
  const say = useSay()
  const [typed, setTyped] = useState('')
  const search = useSettled(typed)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('registry.models')}</h2>
        <div className="search">
          <Field type="search" label={t('registry.search')} maxLength={100} value={typed} onText={setTyped} />
        </div>
      </div>
      <PagedTable
        label={t('registry.models')}
        schema={registryPageSchema}
        path="/api/registry"
        params={{ search }}
        limit={20}
        id={({ model }) => model}
        empty={t(search === '' ? 'registry.noModels' : 'registry.nothingFound')}
        columns={[
          {
            key: 'model',
            head: t('table.model'),
            width: '22%',
            cell: ({ model, title, owner }) => (
              <>
                <Link className="cell-link strong" to="/registry/$model" params={{ model }}>
                  {model}
                </Link>
                <div className="note">
                  {[say(title), owner].filter((each) => each !== '' && each !== null).join(' · ')}
                </div>
              </>
            ),
          },
          { key: 'newest', head: t('registry.newest'), width: '17%', cell: (it) => <Newest of={it} /> },
          { key: 'aliases', head: t('registry.aliases'), cell: ({ aliases }) => <Aliases of={aliases} /> },
          {
            key: 'running',
            head: t('registry.running'),
            width: '12%',
            numeric: true,
            cell: ({ running }) => (
              <span className={running === 0 ? 'muted' : ''}>{format.number(running)}</span>
            ),
          },
          {
            key: 'retires',
            head: t('registry.nextRetirement'),
            width: '18%',
            cell: ({ nextRetirement }) =>
              nextRetirement && (
                <>
                  {nextRetirement.version}, <When at={nextRetirement.at} />
                </>
              ),
          },
        ]}
      />
    </section>
  )
}

function Newest({ of: { newest, proposed } }: { of: RegistryModel }) {
  const { t } = useTranslation()
  return (
    <>
      {newest ? (
        <>
          {newest.version}
          {newest.publishedAt !== null && (
            <div className="note">
              <When at={newest.publishedAt} />
            </div>
          )}
        </>
      ) : (
        <span className="muted">{t('registry.nonePublished')}</span>
      )}
      {proposed > 0 && <div className="strong">{t('registry.proposedCount', { count: proposed })}</div>}
    </>
  )
}

/** Each alias in a line: what it is called, where it points. */
function Aliases({ of }: { of: readonly Alias[] }) {
  const set = of.filter(({ version }) => version !== null)
  return (
    <dl className="alias-list">
      {set.map(({ alias, version }) => (
        <div key={alias}>
          <dt className="muted">{alias}</dt>
          <dd>{version}</dd>
        </div>
      ))}
    </dl>
  )
}
