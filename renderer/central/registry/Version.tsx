import { Link, useParams } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  type RegistryVersionDetail,
  registryVersionDetailSchema,
  signingSchema,
} from '#core/contracts/registry.ts'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useGet } from '../client/queries.ts'
import { Facts } from '../parts/Facts.tsx'
import { Markdown } from '../parts/Markdown.tsx'
import { Page } from '../parts/Page.tsx'
import { When } from '../parts/Time.tsx'
import { Lineage } from './Lineage.tsx'
import { State } from './Model.tsx'
import { Ran } from './Ran.tsx'
import { VersionActs } from './VersionActs.tsx'
import { useSay, useSigners, versionPath } from './version-words.ts'
import { WhereItRuns } from './Where.tsx'
import './registry.css'

/** One version: what it is and for what, who signed it, what it came from, its card, and where it runs and ran. */
export function Version() {
  const { t } = useTranslation()
  const { model, version } = useParams({ from: '/registry/$model/$version' })
  const { data, error, refetch } = useGet(registryVersionDetailSchema, versionPath(model, version), {
    everyMs: 30_000,
  })
  return (
    <Page
      title={`${model} ${version}`}
      note={
        <Link className="inline" to="/registry/$model" params={{ model }}>
          {t('version.allVersions', { model })}
        </Link>
      }
      acts={data && <VersionActs of={data} />}
    >
      {!data && <Pending error={error} retry={() => void refetch()} />}
      {data && (
        <>
          <div className="two">
            <Identity of={data} />
            <Lineage of={data} />
          </div>
          <Purpose of={data} />
          <section className="panel">
            <h2>{t('version.card')}</h2>
            {data.card === null ? (
              <p className="muted">{t('version.noCard')}</p>
            ) : (
              <Markdown text={data.card} />
            )}
          </section>
          <WhereItRuns where={data.where} />
          <Ran model={model} version={version} />
        </>
      )}
    </Page>
  )
}

function Identity({ of }: { of: RegistryVersionDetail }) {
  const { t } = useTranslation()
  const format = useFormat()
  const signers = useSigners()
  const waiting = useGet(signingSchema, '/api/registry/signing', { enabled: of.state === 'proposed' }).data
  const mayStill = waiting?.roles.find(({ role }) => role === `models-${of.family}`)?.signers
  return (
    <section className="panel">
      <h2>{t('version.standing')}</h2>
      <Facts
        of={[
          [t('model.state'), <State key="s" of={of} />],
          [t('registry.aliases'), of.aliases.length === 0 ? t('version.noAlias') : of.aliases.join(', ')],
          [t('model.signed'), signers(of, of.state === 'proposed' ? mayStill : [])],
          [
            t('version.proposed'),
            of.proposedAt === null ? (
              t('version.byDesk')
            ) : (
              <span key="p">
                <When at={of.proposedAt} />, {of.proposedBy}
              </span>
            ),
          ],
          of.publishedAt === null ? null : [t('model.published'), <When key="at" at={of.publishedAt} />],
          [t('registry.running'), format.number(of.running)],
          [t('version.size'), format.bytes(of.bytes)],
          [t('version.platforms'), of.platforms?.join(', ') ?? t('version.allPlatforms')],
          [
            t('version.digest'),
            <code key="d" className="digest">
              {of.digest}
            </code>,
          ],
        ]}
      />
      {of.problem !== null && (
        <p className="strong" lang="en">
          {of.problem}
        </p>
      )}
    </section>
  )
}

function Purpose({ of: { manifest } }: { of: RegistryVersionDetail }) {
  const { t } = useTranslation()
  const say = useSay()
  const format = useFormat()
  if (!manifest) return null
  const { privacy, features, guardrails, success } = manifest
  return (
    <section className="panel">
      <h2>{t('version.says')}</h2>
      <Facts
        of={[
          [t('version.purpose'), say(manifest.purpose)],
          [t('version.notFor'), say(manifest.notFor)],
          [
            t('version.success'),
            success.map(({ metric, target }) => (
              <div key={metric} lang="en">
                {metric}: {target}
              </div>
            )),
          ],
          [
            t('version.guardrails'),
            guardrails.length === 0
              ? t('version.noGuardrails')
              : guardrails.map(({ id, title, decidedBy }) => (
                  <div key={id}>
                    {say(title)} <span className="note">{decidedBy.name}</span>
                  </div>
                )),
          ],
          [
            t('version.privacy'),
            privacy === null
              ? t('version.strictest')
              : t('version.leaves', {
                  values: t(`leaves.${privacy.default}`),
                  asset: t(`leaves.${privacy.asset}`),
                  notes: t(`leaves.${privacy.notes}`),
                }),
          ],
          [
            t('version.features', { count: features.length }),
            features
              .slice(0, 60)
              .map(({ title, name }) => say(title) || name)
              .join(', '),
          ],
          [t('version.retention'), t('version.days', { n: format.number(manifest.retentionDays) })],
        ]}
      />
    </section>
  )
}
