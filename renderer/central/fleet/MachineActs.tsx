import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type DeviceDetail, deviceSummarySchema } from '#core/contracts/fleet.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useMay } from '../client/context.ts'
import { useChange } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'
import { deviceAreas } from './Labels.tsx'
import { MachinePlace } from './MachinePlace.tsx'

type Act = 'confirm' | 'quarantine' | 'lift' | 'revoke'

/** What an admin can do to it, as far as it makes sense in its state. */
export function MachineActs({ machine }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const [act, setAct] = useState<Act | null>(null)
  if (!may('admin') || machine.state === 'revoked') return null
  const close = () => setAct(null)
  return (
    <>
      {machine.state === 'waiting' && (
        <Button primary onPress={() => setAct('confirm')}>
          {t('machine.confirm')}
        </Button>
      )}
      {machine.state === 'quarantined' ? (
        <Button onPress={() => setAct('lift')}>{t('machine.lift')}</Button>
      ) : (
        <Button onPress={() => setAct('quarantine')}>{t('machine.quarantine')}</Button>
      )}
      <MachinePlace machine={machine} />
      <Button onPress={() => setAct('revoke')}>{t('machine.revoke')}</Button>
      {act === 'confirm' && <Confirm machine={machine} onClose={close} />}
      {act !== null && act !== 'confirm' && <WithReason machine={machine} act={act} onClose={close} />}
    </>
  )
}

/** The digits come from the machine's own screen, read out by somebody who stands there; this page shows them only afterwards. */
function Confirm({ machine, onClose }: { machine: DeviceDetail; onClose: () => void }) {
  const { t } = useTranslation()
  const [fingerprint, setFingerprint] = useState('')
  const change = useChange(deviceSummarySchema, 'POST', deviceAreas)
  const digits = fingerprint.replaceAll(/[\s:]/g, '')
  const off = digits.length !== 16 && digits.length !== 64
  const go = () =>
    change.mutate(
      { path: `/api/devices/${machine.device}/confirm`, body: { fingerprint } },
      { onSuccess: onClose },
    )
  return (
    <Dialog open title={t('machine.confirmTitle', { name: machine.name })} onClose={onClose} size={560}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!off && !change.isPending) go()
        }}
      >
        <p>{t('machine.confirmWhat')}</p>
        <Field
          label={t('machine.fingerprint')}
          hint={t('machine.confirmHint')}
          className="mono"
          autoComplete="off"
          spellCheck={false}
          value={fingerprint}
          onText={setFingerprint}
        />
        <Trouble error={change.error} />
        <div className="dialog-acts">
          <Button type="submit" primary off={off} busy={change.isPending}>
            {t('machine.confirmGo')}
          </Button>
          <Button onPress={onClose}>{t('button.cancel')}</Button>
        </div>
      </form>
    </Dialog>
  )
}

function WithReason({
  machine,
  act,
  onClose,
}: {
  machine: DeviceDetail
  act: Exclude<Act, 'confirm'>
  onClose: () => void
}) {
  const { t } = useTranslation()
  const change = useChange(deviceSummarySchema, 'POST', deviceAreas)
  return (
    <AskReason
      title={t(`machine.${act}Title`, { name: machine.name })}
      reasons={[t(`machine.${act}Reason1`), t(`machine.${act}Reason2`)]}
      go={t(`machine.${act}Go`)}
      busy={change.isPending}
      error={change.error}
      onGo={(reason) =>
        change.mutate(
          { path: `/api/devices/${machine.device}/${act}`, body: { reason } },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{t(`machine.${act}What`)}</p>
    </AskReason>
  )
}
