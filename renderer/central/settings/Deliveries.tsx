import { useMutation } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { deliveryPageSchema } from '#core/contracts/hooks.ts'
import { Button } from '../../ui/Button.tsx'
import { useCentral } from '../client/context.ts'
import { useGet } from '../client/queries.ts'
import { Trouble } from '../parts/Trouble.tsx'

/** What did not get through: a person who has mended the receiver sends it again. Nothing is shown where there is none. */
export function Deliveries() {
  const { t } = useTranslation()
  const { api, queries } = useCentral()
  const { data } = useGet(deliveryPageSchema, '/api/deliveries', { params: { state: 'dead', limit: 20 } })
  const again = useMutation({
    mutationFn: (id: string) => api.send(`/api/deliveries/${encodeURIComponent(id)}/redeliver`, {}),
    onSettled: () =>
      queries.invalidateQueries({
        predicate: ({ queryKey }) => ['hooks', 'deliveries'].includes(String(queryKey[0])),
      }),
  })
  return (
    <>
      {data && data.items.length > 0 && (
        <>
          <h3 className="strong">{t('hooks.dead')}</h3>
          <ul className="plain">
            {data.items.map(({ id, to, kind, lastProblem }) => (
              <li key={id} className="row">
                <div className="grow">
                  <span className="strong">{kind}</span> <span className="anywhere">{to}</span>
                  {lastProblem !== null && (
                    <div className="note" lang="en">
                      {lastProblem}
                    </div>
                  )}
                </div>
                <Button
                  aria-label={t('hooks.redeliverOf', { kind, to })}
                  busy={again.isPending && again.variables === id}
                  onPress={() => again.mutate(id)}
                >
                  {t('hooks.redeliver')}
                </Button>
              </li>
            ))}
          </ul>
        </>
      )}
      <p role="status">{again.isSuccess && t('hooks.sentAgain')}</p>
      <Trouble error={again.error} />
    </>
  )
}
