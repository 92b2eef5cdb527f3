import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { joinCodesPageSchema } from '#core/contracts/fleet.ts'
import { Button } from '../../ui/Button.tsx'
import { useDelete } from '../client/queries.ts'
import { PagedTable } from '../parts/PagedTable.tsx'
import { When } from '../parts/Time.tsx'
import { Trouble } from '../parts/Trouble.tsx'

/** Codes that were made, and what became of them; the codes themselves are kept nowhere. */
export function JoinCodes() {
  const { t } = useTranslation()
  const withdraw = useDelete(['join-codes'])
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('codes.title')}</h2>
        <Link className="btn" to="/enrol">
          {t('enrol.title')}
        </Link>
      </div>
      <Trouble error={withdraw.error} />
      <PagedTable
        label={t('codes.title')}
        schema={joinCodesPageSchema}
        path="/api/join-codes"
        limit={10}
        id={({ id }) => id}
        empty={t('codes.none')}
        columns={[
          {
            key: 'site',
            head: t('fleet.site'),
            width: '22%',
            cell: ({ site, groups }) => [site, ...groups].join(', '),
          },
          {
            key: 'state',
            head: t('machines.state'),
            width: '14%',
            cell: ({ state }) => t(`codeState.${state}`),
          },
          {
            key: 'made',
            head: t('codes.made'),
            width: '26%',
            cell: ({ createdAt, createdBy }) => (
              <>
                <When at={createdAt} />, {createdBy}
              </>
            ),
          },
          {
            key: 'until',
            head: t('codes.until'),
            width: '18%',
            cell: ({ usedAt, expiresAt }) => <When at={usedAt ?? expiresAt} />,
          },
          {
            key: 'act',
            head: <span className="sr">{t('codes.withdraw')}</span>,
            numeric: true,
            cell: ({ id, state, device }) =>
              state === 'open' ? (
                <Button
                  className="bare"
                  busy={withdraw.isPending}
                  onPress={() => withdraw.mutate(`/api/join-codes/${id}`)}
                >
                  {t('codes.withdraw')}
                </Button>
              ) : (
                device !== null && (
                  <Link className="inline" to="/machines/$device" params={{ device }}>
                    {t('codes.machine')}
                  </Link>
                )
              ),
          },
        ]}
      />
    </section>
  )
}
