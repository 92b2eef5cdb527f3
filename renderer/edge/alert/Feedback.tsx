import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Alert, feedbackAnswerSchema } from '#core/contracts/alert.ts'
import { Button } from '../../ui/Button.tsx'
import { useServerNow } from '../client/context.ts'
import { useAlertAction } from '../client/queries.ts'
import { useFormat, useWho } from '../words.ts'
import { ActionTrouble } from './ActionTrouble.tsx'

/** One touch to say what it was. Asked once it is acknowledged or over; the space is kept before. */
export function Feedback({ alert }: { alert: Alert }) {
  const { t } = useTranslation()
  const act = useAlertAction(alert)
  const why = useId()
  const asked = alert.acknowledgedAt !== undefined || alert.state === 'normal' || alert.feedback !== undefined
  return (
    <section className="panel said" aria-label={t('feedback.landmark')} id="feedback">
      <h2>{t(asked ? 'feedback.ask' : 'feedback.askNext')}</h2>
      {!asked && (
        <span className="sr" id={why}>
          {t('feedback.askNextWhy')}
        </span>
      )}
      {feedbackAnswerSchema.options.map((answer) => (
        <Button
          key={answer}
          off={!asked}
          busy={act.isPending}
          aria-pressed={asked ? alert.feedback?.answer === answer : undefined}
          aria-describedby={asked ? undefined : why}
          onPress={() => act.mutate({ do: 'feedback', answer })}
        >
          {t(`feedback.${answer}`)}
        </Button>
      ))}
      <ActionTrouble error={act.error} />
      {alert.feedback && <Words alert={alert} feedback={alert.feedback} />}
    </section>
  )
}

/** What was answered, and a few words with it for whoever sees the next one. */
function Words({ alert, feedback }: { alert: Alert; feedback: NonNullable<Alert['feedback']> }) {
  const { t } = useTranslation()
  const format = useFormat()
  const who = useWho()
  const nowMs = useServerNow(60_000)
  const act = useAlertAction(alert)
  const [open, setOpen] = useState(false)
  const [words, setWords] = useState(feedback.note ?? '')
  const id = useId()
  const save = () => {
    const note = words.trim()
    act.mutate(
      { do: 'feedback', answer: feedback.answer, ...(note !== '' && { note }) },
      { onSuccess: () => setOpen(false) },
    )
  }
  return (
    <div className="saved">
      <p className="muted" role="status">
        {t('feedback.saved', { time: format.when(Date.parse(feedback.at), nowMs), who: who(feedback.by) })}
        {feedback.note !== undefined && <> “{feedback.note}”</>}
      </p>
      {open ? (
        <>
          <label className="sr" htmlFor={id}>
            {t('feedback.words')}
          </label>
          <textarea
            id={id}
            rows={1}
            maxLength={2000}
            placeholder={t('feedback.words')}
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <Button busy={act.isPending} onPress={save}>
            {t('button.save')}
          </Button>
        </>
      ) : (
        <Button onPress={() => setOpen(true)}>
          {t(feedback.note === undefined ? 'button.addWords' : 'button.changeWords')}
        </Button>
      )}
      <ActionTrouble error={act.error} />
    </div>
  )
}
