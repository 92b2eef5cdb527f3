import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ownGroup } from '#core/contracts/device-state.ts'
import { type DeviceDetail, deviceNameSchema, deviceSummarySchema } from '#core/contracts/fleet.ts'
import { nameSchema } from '#core/contracts/update.ts'
import { Button } from '../../ui/Button.tsx'
import { useChange } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { Field } from '../parts/Field.tsx'
import { deviceAreas } from './Labels.tsx'
import { wordsOf } from './words-of.ts'

interface Props {
  machine: DeviceDetail
  onClose: () => void
}

/** What it is called and where it belongs; each with a reason. */
export function MachinePlace({ machine }: { machine: DeviceDetail }) {
  const { t } = useTranslation()
  const [act, setAct] = useState<'rename' | 'move' | null>(null)
  const close = () => setAct(null)
  return (
    <>
      <Button onPress={() => setAct('rename')}>{t('machine.rename')}</Button>
      <Button onPress={() => setAct('move')}>{t('machine.move')}</Button>
      {act === 'rename' && <Rename machine={machine} onClose={close} />}
      {act === 'move' && <Move machine={machine} onClose={close} />}
    </>
  )
}

function Rename({ machine: { device, name }, onClose }: Props) {
  const { t } = useTranslation()
  const [text, setText] = useState(name)
  const change = useChange(deviceSummarySchema, 'PUT', deviceAreas)
  const wanted = deviceNameSchema.shape.name.safeParse(text)
  return (
    <AskReason
      title={t('machine.renameTitle', { name })}
      reasons={[t('machine.renameReason1'), t('machine.renameReason2')]}
      go={t('machine.renameGo')}
      busy={change.isPending}
      error={change.error}
      off={!wanted.success || wanted.data === name}
      onGo={(reason) =>
        change.mutate(
          { path: `/api/devices/${device}/name`, body: { name: text, reason } },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{t('machine.renameWhat')}</p>
      <Field
        label={t('machine.renameName')}
        maxLength={100}
        autoComplete="off"
        value={text}
        onText={setText}
      />
    </AskReason>
  )
}

function Move({ machine: { device, name, site, groups }, onClose }: Props) {
  const { t } = useTranslation()
  // The group of its own goes with it.
  const own = ownGroup(device)
  const [to, setTo] = useState({ site, groups: groups.filter((group) => group !== own).join(', ') })
  const change = useChange(deviceSummarySchema, 'PUT', deviceAreas)
  const wanted = wordsOf(to.groups)
  const place = to.site.trim()
  const wrong = [place, ...wanted].filter((word) => !nameSchema.safeParse(word).success)
  return (
    <AskReason
      title={t('machine.moveTitle', { name })}
      reasons={[t('machine.moveReason1'), t('machine.moveReason2')]}
      go={t('machine.moveGo')}
      busy={change.isPending}
      error={change.error}
      off={wrong.length > 0}
      onGo={(reason) =>
        change.mutate(
          { path: `/api/devices/${device}/place`, body: { site: place, groups: wanted, reason } },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{t('machine.moveWhat')}</p>
      <Field
        label={t('machine.moveSite')}
        autoComplete="off"
        value={to.site}
        onText={(text) => setTo({ ...to, site: text })}
      />
      <Field
        label={t('machine.moveGroups')}
        hint={t('machine.moveHint')}
        wrong={wrong.length > 0 ? t('machine.moveWrong', { names: wrong.join(', ') }) : undefined}
        autoComplete="off"
        value={to.groups}
        onText={(text) => setTo({ ...to, groups: text })}
      />
    </AskReason>
  )
}
