import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type RolloutDetail, rolloutDetailSchema } from '#core/contracts/rollout.ts'
import { Button } from '../../ui/Button.tsx'
import { Tick } from '../../ui/Glyphs.tsx'
import { useMay, useMe } from '../client/context.ts'
import { useChange } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { activeGroup, isOpen } from './rollout-words.ts'

type Act = 'pause' | 'resume' | 'abort' | 'skip' | 'start'

const areas = ['rollouts', 'fleet', 'devices', 'signing'] as const

/** What can be done to it now by who is signed in: each press opens its question, the second one does it. */
export function RolloutActs({ rollout, all = false }: { rollout: RolloutDetail; all?: boolean }) {
  const { t } = useTranslation()
  const may = useMay()
  const [act, setAct] = useState<Act | 'approve' | null>(null)
  const { state } = rollout.state
  const close = () => setAct(null)
  if (!isOpen(rollout.state)) return null
  const publisher = may('publisher')
  const button = (what: Act | 'approve', primary = false) => (
    <Button primary={primary} onPress={() => setAct(what)}>
      {t(`rolloutAct.${what}`)}
    </Button>
  )
  return (
    <>
      <Approvals rollout={rollout} why={all} onApprove={() => setAct('approve')} />
      {publisher && state === 'draft' && button('start', true)}
      {publisher && (state === 'paused' || state === 'halted') && button('resume', state === 'paused')}
      {publisher && state === 'running' && button('pause')}
      {publisher &&
        all &&
        (state === 'running' || state === 'halted' || state === 'paused') &&
        button('skip')}
      {publisher && button('abort')}
      {act === 'approve' && <Approve rollout={rollout} onClose={close} />}
      {act !== null && act !== 'approve' && <WithReason rollout={rollout} act={act} onClose={close} />}
    </>
  )
}

/** Whether somebody's agreement is missing now; `group` null: to start at all. */
export function wantedApproval({ state, groups, approvals }: RolloutDetail) {
  if (state.state === 'waiting-for-approvals')
    return { group: null, needed: approvals.needed, given: approvals.given }
  const at = activeGroup(state)
  const group = at === null ? undefined : groups[at]
  if (state.state !== 'running' || !group || group.approvals.length >= group.gate.approvals) return null
  return { group: at, needed: group.gate.approvals, given: group.approvals }
}

/** `why`: where the button is not there, why. */
function Approvals({
  rollout,
  why,
  onApprove,
}: {
  rollout: RolloutDetail
  why: boolean
  onApprove: () => void
}) {
  const { t } = useTranslation()
  const may = useMay()
  const { name } = useMe()
  const wanted = wantedApproval(rollout)
  if (!wanted || !may('approver')) return null
  if (rollout.proposedBy === name) return why && <span className="note">{t('rollout.ownProposal')}</span>
  if (wanted.given.some(({ by }) => by === name))
    return <span className="note">{t('rollout.youApproved')}</span>
  return (
    <Button primary onPress={onApprove}>
      {t('rolloutAct.approve')}
    </Button>
  )
}

interface Asked {
  rollout: RolloutDetail
  onClose: () => void
}

function Approve({ rollout, onClose }: Asked) {
  const { t } = useTranslation()
  const change = useChange(rolloutDetailSchema, 'POST', areas)
  const wanted = wantedApproval(rollout)
  if (!wanted) return null
  const { group } = wanted
  const what =
    group === null
      ? t('rollout.approveStart')
      : t('rollout.approveGate', { name: rollout.groups[group]!.name })
  return (
    <AskReason
      title={t('rollout.approveTitle', { model: rollout.model, version: rollout.version })}
      reasons={[t('rolloutReason.approve1'), t('rolloutReason.approve2')]}
      go={t('rolloutAct.approve')}
      busy={change.isPending}
      error={change.error}
      onGo={(reason) =>
        change.mutate(
          { path: `/api/rollouts/${rollout.id}/approve`, body: { reason, group } },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{what}</p>
      <p className="note">
        {t('rollout.digest')} <code className="digest">{rollout.digest}</code>
      </p>
    </AskReason>
  )
}

function WithReason({ rollout, act, onClose }: Asked & { act: Act }) {
  const { t } = useTranslation()
  const change = useChange(rolloutDetailSchema, 'POST', areas)
  const [takeBack, setTakeBack] = useState(false)
  const go = (reason: string) =>
    change.mutate(
      {
        path: `/api/rollouts/${rollout.id}/${act}`,
        body: { reason, ...(act === 'abort' && { takeBack }) },
      },
      { onSuccess: onClose },
    )
  return (
    <AskReason
      title={t(`rolloutTitle.${act}`, { model: rollout.model, version: rollout.version })}
      reasons={[t(`rolloutReason.${act}1`), t(`rolloutReason.${act}2`)]}
      go={t(`rolloutGo.${act}`)}
      busy={change.isPending}
      error={change.error}
      onGo={go}
      onClose={onClose}
    >
      <p>{t(`rolloutWhat.${act}`)}</p>
      {act === 'abort' && (
        // biome-ignore lint/a11y/useSemanticElements: a button as large as the others, that says whether it is on
        <button
          type="button"
          role="checkbox"
          aria-checked={takeBack}
          className="btn check"
          onClick={() => setTakeBack(!takeBack)}
        >
          <Tick on={takeBack} />
          {t('rollout.takeBack')}
        </button>
      )}
    </AskReason>
  )
}
