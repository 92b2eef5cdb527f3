import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type RegistryVersionDetail, registryVersionDetailSchema } from '#core/contracts/registry.ts'
import { Button } from '../../ui/Button.tsx'
import { useMay } from '../client/context.ts'
import { useChange } from '../client/queries.ts'
import { AskReason } from '../parts/AskReason.tsx'
import { Field } from '../parts/Field.tsx'
import { registryAreas, versionPath } from './version-words.ts'
import { signingFile } from './Waiting.tsx'

type Act = 'deprecate' | 'undeprecate' | 'discard'

/** What a publisher may do with a version; each asks for a reason. */
export function VersionActs({ of }: { of: RegistryVersionDetail }) {
  const { t } = useTranslation()
  const may = useMay()
  const [act, setAct] = useState<Act | null>(null)
  return (
    <>
      {of.state === 'proposed' && (
        <a className="btn" href={signingFile(`models-${of.family}`)} download="to-sign.json">
          {t('signing.download')}
        </a>
      )}
      {may('publisher') &&
        actsOf(of).map((each) => (
          <Button key={each} onPress={() => setAct(each)}>
            {t(`versionAct.${each}`)}
          </Button>
        ))}
      {act && <Ask act={act} of={of} onClose={() => setAct(null)} />}
    </>
  )
}

function actsOf({ state, deprecated }: RegistryVersionDetail): Act[] {
  if (state === 'proposed') return ['discard']
  if (deprecated) return ['undeprecate']
  return state === 'published' ? ['deprecate'] : []
}

function Ask({ act, of, onClose }: { act: Act; of: RegistryVersionDetail; onClose: () => void }) {
  const { t } = useTranslation()
  const [day, setDay] = useState('')
  const change = useChange(registryVersionDetailSchema, act === 'discard' ? 'POST' : 'PUT', registryAreas)
  const path = versionPath(of.model, of.version)
  const body = (reason: string) => {
    if (act === 'discard') return { reason }
    if (act === 'undeprecate') return { deprecated: false, reason }
    return {
      deprecated: true,
      reason,
      ...(day !== '' && { retireAt: new Date(`${day}T00:00`).toISOString() }),
    }
  }
  return (
    <AskReason
      title={t(`versionAsk.${act}`, { model: of.model, version: of.version })}
      reasons={[t(`versionReason.${act}1`), t(`versionReason.${act}2`)]}
      go={t(`versionGo.${act}`)}
      busy={change.isPending}
      error={change.error}
      onGo={(reason) =>
        change.mutate(
          { path: `${path}/${act === 'discard' ? 'discard' : 'deprecation'}`, body: body(reason) },
          { onSuccess: onClose },
        )
      }
      onClose={onClose}
    >
      <p>{t(`versionWhat.${act}`)}</p>
      {act === 'deprecate' && (
        <Field
          type="date"
          label={t('version.retireAt')}
          hint={t('version.retireHint')}
          value={day}
          onText={setDay}
        />
      )}
    </AskReason>
  )
}
