import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import type { Slot } from '#core/contracts/deployment.ts'
import { useServerNow } from '../client/context.ts'
import { Path } from '../swap/Path.tsx'
import { swapSteps } from './standing.ts'

/** How far the staged version is, and the way to the screen that takes it further. */
export function StagedFoot({ slot }: { slot: Slot | null }) {
  const { t } = useTranslation()
  const nowMs = useServerNow()
  return (
    <>
      {slot && <Path steps={swapSteps(slot, nowMs)} />}
      <Link className="btn" to="/swap">
        {t(slot ? 'models.openSwap' : 'models.choosePackage')}
      </Link>
    </>
  )
}
