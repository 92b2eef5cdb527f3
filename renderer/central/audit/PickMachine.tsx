import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { deviceDetailSchema, devicesPageSchema } from '#core/contracts/fleet.ts'
import { Button } from '../../ui/Button.tsx'
import { useGet } from '../client/queries.ts'
import { Field } from '../parts/Field.tsx'
import { useSettled } from '../parts/use-settled.ts'

const most = 6

interface Props {
  device: string | undefined
  onPick: (device: string | undefined) => void
}

/** One machine out of thousands, by part of its name or the beginning of its id. */
export function PickMachine({ device, onPick }: Props) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const search = useSettled(typed)
  const chosen = useGet(deviceDetailSchema, `/api/devices/${device}`, { enabled: device !== undefined }).data
  const found = useGet(devicesPageSchema, '/api/devices', {
    params: { search, limit: most },
    enabled: search !== '' && device === undefined,
  }).data
  if (device !== undefined)
    return (
      <div className="field picked">
        <span className="note">{t('audit.machine')}</span>
        <Button onPress={() => onPick(undefined)}>
          {chosen ? `${chosen.name}, ${chosen.site}` : device.slice(0, 16)}
          <span className="note">{t('audit.allMachines')}</span>
        </Button>
      </div>
    )
  return (
    <div className="find">
      <Field type="search" label={t('audit.findMachine')} maxLength={100} value={typed} onText={setTyped} />
      {search !== '' && found && (
        <ul className="found">
          {found.items.map(({ device: id, name, site }) => (
            <li key={id}>
              <Button
                onPress={() => {
                  setTyped('')
                  onPick(id)
                }}
              >
                {name}, {site}
              </Button>
            </li>
          ))}
          {found.items.length === 0 && <li className="muted">{t('audit.noMachine')}</li>}
          {found.next !== null && <li className="note">{t('audit.moreMachines')}</li>}
        </ul>
      )}
    </div>
  )
}
