import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  type RegistryVersion,
  registryModelDetailSchema,
  signingSchema,
  versionsPageSchema,
} from '#core/contracts/registry.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useGet } from '../client/queries.ts'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { Aliases } from './Aliases.tsx'
import { Ownership } from './Ownership.tsx'
import { Ran } from './Ran.tsx'
import { modelPath, useSay, useSigners } from './version-words.ts'
import { WhereItRuns } from './Where.tsx'
import './registry.css'

/** One model: its versions, what its aliases point to, who answers for it, and where it runs and ran. */
export function Model() {
  const say = useSay()
  const { model } = useParams({ from: '/registry/$model' })
  const { data, error, refetch } = useGet(registryModelDetailSchema, modelPath(model), { everyMs: 30_000 })
  return (
    <Page title={model} note={data && say(data.title)}>
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <Versions model={model} />
          <Aliases model={data} />
          <div className="two">
            <WhereItRuns where={data.where} />
            <Ownership model={model} />
          </div>
          <Ran model={model} />
        </>
      )}
    </Page>
  )
}

function Versions({ model }: { model: string }) {
  const { t } = useTranslation()
  const format = useFormat()
  const signers = useSigners()
  // Where there is no repository any more nothing waits: the versions stand as they are.
  const waiting = useGet(signingSchema, '/api/registry/signing').data?.roles ?? []
  const mayStill = (family: string) => waiting.find(({ role }) => role === `models-${family}`)?.signers
  return (
    <section className="panel">
      <h2>{t('model.versions')}</h2>
      <PagedTable
        label={t('model.versions')}
        schema={versionsPageSchema}
        path={`${modelPath(model)}/versions`}
        limit={10}
        everyMs={30_000}
        id={({ version, digest }) => `${version} ${digest}`}
        empty={t('registry.noModels')}
        columns={[
          {
            key: 'version',
            head: t('table.version'),
            width: '15%',
            cell: ({ version, aliases }) => (
              <>
                <Link className="cell-link strong" to="/registry/$model/$version" params={{ model, version }}>
                  {version}
                </Link>
                <div className="note">{aliases.join(', ')}</div>
              </>
            ),
          },
          { key: 'state', head: t('model.state'), width: '27%', cell: (it) => <State of={it} /> },
          {
            key: 'signed',
            head: t('model.signed'),
            cell: (it) => signers(it, it.state === 'proposed' ? mayStill(it.family) : []),
          },
          {
            key: 'published',
            head: t('model.published'),
            width: '14%',
            cell: ({ publishedAt }) =>
              publishedAt === null ? (
                <span className="muted">{t('model.notYet')}</span>
              ) : (
                <When at={publishedAt} />
              ),
          },
          {
            key: 'running',
            head: t('registry.running'),
            width: '11%',
            numeric: true,
            cell: ({ running }) => (
              <span className={running === 0 ? 'muted' : ''}>{format.number(running)}</span>
            ),
          },
        ]}
      />
    </section>
  )
}

/** What it is, and why; with the day from which it must not be started. */
export function State({ of }: { of: RegistryVersion }) {
  const { t } = useTranslation()
  const { state, revoked, deprecated, retireAt, lacks } = of
  return (
    <>
      <span className={state === 'published' ? '' : 'strong'}>{t(`versionState.${state}`)}</span>
      {revoked && (
        <div>
          {t(`revokedHow.${revoked.action}`)}: <span lang="en">{revoked.reason}</span>
        </div>
      )}
      {deprecated && <div className="note">{deprecated.reason}</div>}
      {retireAt && state !== 'revoked' && (
        <div className="note">
          {t(state === 'retired' ? 'model.retiredSince' : 'model.retires')} <When at={retireAt.at} />
        </div>
      )}
      {lacks !== null && (
        <div className="note" lang="en">
          {lacks}
        </div>
      )}
    </>
  )
}
