import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { Button } from '../../ui/Button.tsx'
import { useServerNow } from '../client/context.ts'
import { useDeploy } from '../client/deploy.ts'
import { useFormat } from '../words.ts'
import { Ask, Over } from './Ask.tsx'
import { useActor } from './use-actor.ts'

const reasons = ['safe', 'wrong', 'missed', 'slow'] as const

/** The way back in two touches: the first asks, naming version and time; the second does it. */
export function useRollback(model: ModelSummary) {
  const deploy = useDeploy(model)
  const [asked, setAsked] = useState<string | null>(null)
  const way = model.rollback
  // What somebody was asked about must still be what would be done.
  const asking = way !== null && asked === `${model.id} ${way.to}`
  return {
    asking,
    deploy,
    ask: () => {
      deploy.reset()
      setAsked(`${model.id} ${way?.to}`)
    },
    close: () => setAsked(null),
  }
}
type Rollback = ReturnType<typeof useRollback>

/** Names the version and its expected time. No way back: why, in place of the button. */
export function RollbackButton({ model, rollback }: { model: ModelSummary; rollback: Rollback }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { rollback: way } = model
  if (!way) return null
  if (!way.ready && way.expectedMs === null)
    return (
      <div className="no-way">
        <p className="strong">{t('rollback.none', { version: way.to })}</p>
        <p lang="en">{way.text}</p>
      </div>
    )
  const time = way.expectedMs === null ? null : format.ms(way.expectedMs)
  const note = way.ready ? 'rollback.ready' : 'rollback.slow'
  return (
    <>
      {!way.ready && (
        <p className="note" lang="en">
          {way.text}
        </p>
      )}
      <Button className="back" primary aria-expanded={rollback.asking} onPress={rollback.ask}>
        {t('rollback.to', { version: way.to })}
        <small>{time === null ? t('rollback.readyOnly') : t(note, { time })}</small>
      </Button>
    </>
  )
}

/** In place, over what it is about; its button lies elsewhere than the one that opened it. */
export function RollbackAsk({ model, rollback }: { model: ModelSummary; rollback: Rollback }) {
  const { t } = useTranslation()
  const format = useFormat()
  const { rollback: way, slots } = model
  const from = slots.running?.version
  if (!rollback.asking || !way || from === undefined) return null
  const { deploy, close } = rollback
  return (
    <Over title={t('rollback.ask', { from, to: way.to })} onClose={close}>
      <p className="muted">
        {way.expectedMs === null
          ? t('rollback.whatUnknown', { from })
          : t('rollback.what', { from, to: way.to, time: format.ms(way.expectedMs) })}
      </p>
      <Ask
        reasons={reasons.map((each) => t(`rollback.reasons.${each}`))}
        go={t('rollback.go', { version: way.to })}
        busy={deploy.isPending}
        error={deploy.error}
        onCancel={close}
        onGo={(ask) => deploy.mutate({ do: 'rollback', ask }, { onSuccess: close })}
      />
    </Over>
  )
}

/** What the last way back came to, measured. `here`: it was gone on this screen, just now. */
export function LastRollback({ model, here = false }: { model: ModelSummary; here?: boolean }) {
  const { t } = useTranslation()
  const format = useFormat()
  const nowMs = useServerNow(60_000)
  const actor = useActor(model)
  const { lastRollback: last } = model
  const result = useRef<HTMLParagraphElement>(null)
  const at = last?.at
  // The button that was touched is gone: what it came to has the focus, and is read.
  useEffect(() => {
    if (here && at !== undefined) result.current?.focus({ preventScroll: true })
  }, [here, at])
  const { running } = model.slots
  // Once another version runs, or none, it is history.
  if (!last || last.to !== running?.version || running.deployment.state === 'withdrawn') return null
  const done =
    last.ms === null
      ? t('rollback.doneAtStart', { to: last.to })
      : t('rollback.done', { to: last.to, time: format.ms(last.ms) })
  return (
    <p className="last-rollback" role="status" ref={result} tabIndex={-1}>
      <span className="strong">{done}</span>{' '}
      {t('rollback.doneBy', {
        at: format.whenS(Date.parse(last.at), nowMs),
        who: actor(last.by),
        reason: last.reason,
      })}
    </p>
  )
}
