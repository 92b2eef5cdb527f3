import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { fleetSummarySchema, type MadeJoinCode, madeJoinCodeSchema } from '#core/contracts/fleet.ts'
import { nameSchema } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { useMay } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { Copy } from '../parts/Copy.tsx'
import { Field } from '../parts/Field.tsx'
import { Page } from '../parts/Page.tsx'
import { When } from '../parts/Time.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { wordsOf } from './words-of.ts'

/** A join code for a new machine. It is shown once; nobody can read it again. */
export function Enrol() {
  const { t } = useTranslation()
  const may = useMay()
  const [made, setMade] = useState<MadeJoinCode | null>(null)
  return (
    <Page title={t('enrol.title')} note={t('enrol.what')}>
      {!may('admin') && <p className="panel">{t('enrol.needsAdmin')}</p>}
      {may('admin') && !made && <Make onMade={setMade} />}
      {made && <Code made={made} onAnother={() => setMade(null)} />}
    </Page>
  )
}

function Make({ onMade }: { onMade: (made: MadeJoinCode) => void }) {
  const { t } = useTranslation()
  const sites = useGet(fleetSummarySchema, '/api/fleet').data?.sites ?? []
  const [site, setSite] = useState('')
  const [groups, setGroups] = useState('')
  const [labels, setLabels] = useState('')
  const change = useChange(madeJoinCodeSchema, 'POST', ['join-codes'])
  const misnamed = [site.trim(), ...wordsOf(groups)].filter(
    (name) => name !== '' && !nameSchema.safeParse(name).success,
  )
  const off = site.trim() === '' || misnamed.length > 0
  return (
    <form
      className="panel form"
      onSubmit={(event) => {
        event.preventDefault()
        if (off || change.isPending) return
        const body = { site: site.trim(), groups: wordsOf(groups), labels: wordsOf(labels) }
        change.mutate({ path: '/api/join-codes', body }, { onSuccess: onMade })
      }}
    >
      <Field
        label={t('fleet.site')}
        hint={t('enrol.siteHint')}
        wrong={misnamed.length > 0 ? t('enrol.misnamed', { names: misnamed.join(', ') }) : undefined}
        list="sites"
        required
        value={site}
        onText={setSite}
      />
      <datalist id="sites">
        {sites.map(({ site: each }) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Field label={t('enrol.groups')} hint={t('enrol.groupsHint')} value={groups} onText={setGroups} />
      <Field label={t('machine.labels')} hint={t('machine.labelsHint')} value={labels} onText={setLabels} />
      <Trouble error={change.error} />
      <Button type="submit" primary off={off} busy={change.isPending}>
        {t('enrol.make')}
      </Button>
    </form>
  )
}

function Code({ made, onAnother }: { made: MadeJoinCode; onAnother: () => void }) {
  const { t } = useTranslation()
  return (
    <section className="panel form">
      <h2>{t('enrol.made', { site: made.site })}</h2>
      <Copy label={t('enrol.code')} text={made.code} />
      <p className="strong">{t('enrol.once')}</p>
      <p>
        {t('enrol.until')} <When at={made.expiresAt} />
      </p>
      {made.root === null && <p>{t('enrol.noRoot')}</p>}
      <ol className="steps">
        <li>{t('enrol.step1')}</li>
        <li>{t('enrol.step2')}</li>
        <li>{t('enrol.step3')}</li>
      </ol>
      <Button onPress={onAnother}>{t('enrol.another')}</Button>
    </section>
  )
}
