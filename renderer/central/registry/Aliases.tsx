import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Alias,
  aliasMovesPageSchema,
  aliasSchema,
  type RegistryModelDetail,
  versionsPageSchema,
} from '#core/contracts/registry.ts'
import { Button } from '../../ui/Button.tsx'
import { useMay } from '../client/context.ts'
import { useChange, useGet } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { Choice } from '../parts/Choice.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { modelPath, registryAreas } from './version-words.ts'

/** Names that point to a version; moving one asks for a reason, and what was moved before stands below. */
export function Aliases({ model }: { model: RegistryModelDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const [moves, setMoves] = useState<Alias | null>(null)
  const [past, setPast] = useState(false)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('registry.aliases')}</h2>
        <Button className="bare" aria-expanded={past} onPress={() => setPast(!past)}>
          {t(past ? 'alias.hidePast' : 'alias.showPast')}
        </Button>
      </div>
      <div className="table-wrap">
        <table className="table aliases" aria-label={t('registry.aliases')}>
          <thead>
            <tr>
              <th scope="col" style={{ width: '18%' }}>
                {t('alias.name')}
              </th>
              <th scope="col" style={{ width: '14%' }}>
                {t('alias.pointsTo')}
              </th>
              <th scope="col" style={{ width: '18%' }}>
                {t('alias.since')}
              </th>
              <th scope="col">{t('table.why')}</th>
              <th scope="col" className="num" style={{ width: '130px' }}>
                <span className="sr">{t('alias.move')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {model.aliases.map((each) => (
              <tr key={each.alias}>
                <td className="strong">{each.alias}</td>
                <td className={each.version === null ? 'muted' : undefined}>
                  {each.version ?? t('alias.nowhere')}
                </td>
                <td>
                  {each.since !== null && <When at={each.since} />}
                  <div className="note">{each.by}</div>
                </td>
                <td>{each.reason}</td>
                <td className="num">
                  {may(each.alias === 'production' ? 'approver' : 'publisher') && (
                    <Button
                      aria-label={t('alias.moveOf', { alias: each.alias })}
                      onPress={() => setMoves(each)}
                    >
                      {t('alias.move')}
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {past && <Past model={model.model} />}
      {moves && <Move model={model.model} alias={moves} onClose={() => setMoves(null)} />}
    </section>
  )
}

function Past({ model }: { model: string }) {
  const { t } = useTranslation()
  return (
    <>
      <h3 className="strong">{t('alias.past')}</h3>
      <PagedTable
        label={t('alias.past')}
        schema={aliasMovesPageSchema}
        path={`${modelPath(model)}/aliases/history`}
        limit={10}
        id={({ alias, at, to }) => `${alias} ${at} ${to}`}
        empty={t('alias.noPast')}
        columns={[
          { key: 'at', head: t('table.when'), width: '16%', cell: ({ at }) => <When at={at} /> },
          { key: 'alias', head: t('alias.name'), width: '16%', cell: ({ alias }) => alias },
          {
            key: 'what',
            head: t('table.what'),
            width: '22%',
            cell: ({ from, to }) => `${from ?? t('alias.nowhere')} → ${to ?? t('alias.nowhere')}`,
          },
          { key: 'by', head: t('table.who'), width: '16%', cell: ({ by }) => by },
          { key: 'why', head: t('table.why'), cell: ({ reason }) => reason },
        ]}
      />
    </>
  )
}

interface MoveProps {
  model: string
  alias: Alias
  onClose: () => void
}

function Move({ model, alias: { alias, version }, onClose }: MoveProps) {
  const { t } = useTranslation()
  const versions = useGet(versionsPageSchema, `${modelPath(model)}/versions`, { params: { limit: 100 } }).data
  const fit = (versions?.items ?? []).filter(({ state }) => state === 'published' || state === 'deprecated')
  const others = fit.filter((each) => each.version !== version)
  const [chosen, setChosen] = useState<string>()
  const to = chosen ?? others[0]?.version ?? ''
  const change = useChange(aliasSchema, 'PUT', registryAreas)
  return (
    <AskReason
      title={t('alias.moveTitle', { alias, model })}
      reasons={[t('alias.reason1'), t('alias.reason2')]}
      go={to === '' ? t('alias.goNowhere') : t('alias.go', { version: to })}
      busy={change.isPending}
      error={change.error}
      onGo={(reason) =>
        change.mutate(
          {
            path: `${modelPath(model)}/aliases/${encodeURIComponent(alias)}`,
            body: { version: to === '' ? null : to, reason },
          },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{t(alias === 'production' ? 'alias.whatProduction' : 'alias.what')}</p>
      <Choice
        label={t('alias.pointsTo')}
        value={to}
        options={[
          ...others.map((each): [string, string] => [
            each.version,
            each.state === 'deprecated'
              ? t('newRollout.deprecated', { version: each.version })
              : each.version,
          ]),
          ...(version === null ? [] : [['', t('alias.nowhere')] as [string, string]]),
        ]}
        onChange={setChosen}
      />
    </AskReason>
  )
}
