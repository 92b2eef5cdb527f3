import { useQuery } from '@tanstack/react-query'
import { useDeferredValue } from 'react'
import { useTranslation } from 'react-i18next'
import { chosenSchema, fleetSummarySchema } from '#core/contracts/fleet.ts'
import { chooseSchema } from '#core/contracts/rollout.ts'
import { Button } from '../../ui/Button.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { useCentral } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { useCountsInWords } from '../fleet/Sites.tsx'
import { Field } from '../parts/Field.tsx'
import { chooseOf, type GroupDraft } from './draft.ts'

interface Props {
  group: GroupDraft
  at: number
  isOnly: boolean
  onChange: (group: GroupDraft) => void
  onRemove: () => void
}

/** One group: who is in it, and its gate. */
export function GroupFields({ group, at, isOnly, onChange, onRemove }: Props) {
  const { t } = useTranslation()
  const field = (name: Exclude<keyof GroupDraft, 'key' | 'sites'>) => ({
    value: group[name],
    onText: (text: string) => onChange({ ...group, [name]: text }),
  })
  const figure = { inputMode: 'decimal', autoComplete: 'off' } as const
  return (
    <fieldset className="panel group-fields">
      <legend className="sr">{t('newRollout.group', { n: at + 1 })}</legend>
      <div className="group-head">
        <Field label={t('newRollout.name')} maxLength={60} {...field('name')} />
        <Chosen group={group} isFirst={at === 0} />
        {!isOnly && <Button onPress={onRemove}>{t('newRollout.remove')}</Button>}
      </div>
      <div className="filters">
        <Field
          label={t('newRollout.percent')}
          hint={t('newRollout.percentHint')}
          {...figure}
          {...field('percent')}
        />
        <Field label={t('newRollout.labels')} hint={t('newRollout.labelsHint')} {...field('labels')} />
        <SitesOf group={group} onChange={onChange} />
      </div>
      <h3 className="strong">{t('newRollout.gate')}</h3>
      <div className="filters six">
        <Field label={t('newRollout.soak')} hint={t('newRollout.soakHint')} {...figure} {...field('soakH')} />
        <Field
          label={t('newRollout.minimumN')}
          hint={t('newRollout.minimumNHint')}
          {...figure}
          {...field('minimumN')}
        />
        <Field
          label={t('newRollout.maxFailures')}
          hint={t('newRollout.maxFailuresHint')}
          {...figure}
          {...field('maxFailures')}
        />
        <Field
          label={t('newRollout.alerts')}
          hint={t('newRollout.alertsHint')}
          {...figure}
          {...field('alertsPercent')}
        />
        <Field
          label={t('newRollout.readings')}
          hint={t('newRollout.readingsHint')}
          {...figure}
          {...field('alertsReadings')}
        />
        <Field
          label={t('newRollout.gateApprovals')}
          hint={t('newRollout.gateApprovalsHint')}
          {...figure}
          {...field('approvals')}
        />
      </div>
    </fieldset>
  )
}

function SitesOf({ group, onChange }: Pick<Props, 'group' | 'onChange'>) {
  const { t } = useTranslation()
  const sites = useGet(fleetSummarySchema, '/api/fleet').data?.sites ?? []
  const has = (site: string) => group.sites.includes(site)
  const turn = (site: string) =>
    onChange({
      ...group,
      sites: has(site) ? group.sites.filter((each) => each !== site) : [...group.sites, site],
    })
  return (
    <fieldset className="choices sites-of">
      <legend className="note">{t('newRollout.sites')}</legend>
      {sites.map(({ site }) => (
        <Button key={site} aria-pressed={has(site)} onPress={() => turn(site)}>
          {site}
        </Button>
      ))}
    </fieldset>
  )
}

/** How many machines fit now. The groups before take theirs out of it first. */
function Chosen({ group, isFirst }: { group: GroupDraft; isFirst: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const inWords = useCountsInWords()
  const { api } = useCentral()
  const { percent, ...choose } = useDeferredValue(chooseOf(group))
  const all = { ...choose, ...(percent !== undefined && { percent }) }
  const countable = chooseSchema.safeParse(all).success
  const { data } = useQuery({
    queryKey: ['devices', 'choose', JSON.stringify(all)],
    queryFn: () => api.post(chosenSchema, '/api/devices/choose', { choose: all }),
    enabled: countable,
  })
  if (!countable || !data)
    return <p className="chosen muted">{t(countable ? 'load.busy' : 'newRollout.notCounted')}</p>
  return (
    <div className="chosen" role="status">
      <span className="strong">
        {t('newRollout.fits', { count: data.machines, n: format.number(data.machines) })}
      </span>
      {!isFirst && <span>, {t('newRollout.lessBefore')}</span>}
      <p className="note">{inWords(data.presence)}</p>
    </div>
  )
}
