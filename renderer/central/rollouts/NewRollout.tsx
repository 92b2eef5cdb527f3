import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { registryPageSchema, versionsPageSchema } from '#core/contracts/registry.ts'
import { rolloutDetailSchema } from '#core/contracts/rollout.ts'
import { say } from '#core/contracts/text.ts'
import { Button } from '../../ui/Button.tsx'
import { useMay } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { Choice } from '../parts/Choice.tsx'
import { Field } from '../parts/Field.tsx'
import { Page } from '../parts/Page.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { anotherGroup, type Draft, firstDraft, planOf, problemsOf } from './draft.ts'
import { GroupFields } from './GroupFields.tsx'
import './rollouts.css'

const mostListed = 500
const mostGroups = 20

/** What, to whom in which order, and what must hold before it goes on. */
export function NewRollout() {
  const { t } = useTranslation()
  const may = useMay()
  return (
    <Page title={t('newRollout.title')}>
      {may('publisher') ? <Form /> : <p className="panel">{t('newRollout.needsPublisher')}</p>}
    </Page>
  )
}

function Form() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [draft, setDraft] = useState<Draft>(() =>
    firstDraft([t('newRollout.canary'), t('newRollout.early'), t('newRollout.rest')]),
  )
  const [tried, setTried] = useState(false)
  const change = useChange(rolloutDetailSchema, 'POST', ['rollouts', 'signing'])
  const set = (fields: Partial<Draft>) => setDraft({ ...draft, ...fields })
  const problems = problemsOf(draft)
  const propose = () => {
    setTried(true)
    if (problems.length > 0 || change.isPending) return
    change.mutate(
      { path: '/api/rollouts', body: planOf(draft) },
      { onSuccess: ({ id }) => void navigate({ to: '/rollouts/$id', params: { id: String(id) } }) },
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        propose()
      }}
    >
      <section className="panel">
        <h2>{t('newRollout.what')}</h2>
        <div className="filters">
          <Version draft={draft} set={set} />
          <Choice
            label={t('newRollout.approvals')}
            value={draft.approvals}
            options={['0', '1', '2'].map((n) => [n, t('newRollout.people', { count: Number(n) })] as const)}
            onChange={(approvals) => set({ approvals })}
          />
          <Choice
            label={t('rollout.activate')}
            value={draft.activate}
            options={(['at-once', 'by-technician'] as const).map(
              (each) => [each, t(`activate.${each}`)] as const,
            )}
            onChange={(activate) => set({ activate })}
          />
        </div>
        <Field
          label={t('reason.why')}
          maxLength={1000}
          value={draft.reason}
          onText={(reason) => set({ reason })}
        />
      </section>
      {draft.groups.map((group, i) => (
        <GroupFields
          key={group.key}
          group={group}
          at={i}
          isOnly={draft.groups.length === 1}
          onChange={(next) => set({ groups: draft.groups.map((each) => (each === group ? next : each)) })}
          onRemove={() => set({ groups: draft.groups.filter((each) => each !== group) })}
        />
      ))}
      <div className="panel new-end">
        {draft.groups.length < mostGroups && (
          <Button
            onPress={() =>
              set({
                groups: [
                  ...draft.groups,
                  anotherGroup(draft.groups, t('newRollout.group', { n: draft.groups.length + 1 })),
                ],
              })
            }
          >
            {t('newRollout.another')}
          </Button>
        )}
        <Button type="submit" primary busy={change.isPending}>
          {t('newRollout.go')}
        </Button>
        <div role="alert">
          {tried && problems.length > 0 && (
            <>
              <p className="strong">{t('newRollout.notYet')}</p>
              <ul className="plain">
                {problems.map(({ problem, group }) => (
                  <li key={`${problem} ${group}`}>
                    {group !== null &&
                      `${draft.groups[group]?.name || t('newRollout.group', { n: group + 1 })}: `}
                    {t(`planProblem.${problem}`)}
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
        <Trouble error={change.error} />
      </div>
    </form>
  )
}

function Version({ draft, set }: { draft: Draft; set: (fields: Partial<Draft>) => void }) {
  const { t, i18n } = useTranslation()
  const models = useGet(registryPageSchema, '/api/registry', { params: { limit: mostListed } })
  const versions = useGet(
    versionsPageSchema,
    `/api/registry/models/${encodeURIComponent(draft.model)}/versions`,
    { params: { limit: mostListed }, enabled: draft.model !== '' },
  )
  const none = [['', t('newRollout.choose')]] as const
  const able = (versions.data?.items ?? []).filter(
    ({ state }) => state === 'published' || state === 'deprecated',
  )
  return (
    <>
      <Choice
        label={t('table.model')}
        value={draft.model}
        options={[
          ...none,
          ...(models.data?.items ?? [])
            .filter(({ newest }) => newest !== null)
            .map(({ model, title }) => [model, title ? say(title, i18n.language) : model] as const),
        ]}
        onChange={(model) => set({ model, version: '' })}
      />
      <Choice
        label={t('table.version')}
        value={draft.version}
        options={[
          ...none,
          ...able.map(
            ({ version, state }) =>
              [version, state === 'deprecated' ? t('newRollout.deprecated', { version }) : version] as const,
          ),
        ]}
        onChange={(version) => set({ version })}
      />
      <Trouble error={models.error ?? versions.error} />
    </>
  )
}
