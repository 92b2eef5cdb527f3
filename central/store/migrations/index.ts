import { base } from './0001-base.ts'
import { accounts } from './0002-accounts.ts'
import { devices } from './0003-devices.ts'
import { sync } from './0004-sync.ts'
import { rollouts } from './0005-rollouts.ts'
import { registry } from './0006-registry.ts'
import { feedback } from './0007-feedback.ts'
import { notify } from './0008-notify.ts'
import { performance } from './0009-performance.ts'
import { checkpoints } from './0010-checkpoints.ts'
import { windows } from './0011-windows.ts'
import { columnsAsTheyAre } from './0012-columns-as-they-are.ts'
import { reports } from './0013-reports.ts'
import { accessTokens } from './0014-access-tokens.ts'

/** Forward migrations in their order, as SQL. What was released is never edited, only added to. */
export const migrations: Readonly<Record<string, string>> = {
  '0001-base': base,
  '0003-devices': devices,
  '0002-accounts': accounts,
  '0004-sync': sync,
  '0005-rollouts': rollouts,
  '0006-registry': registry,
  '0007-feedback': feedback,
  '0008-notify': notify,
  '0009-performance': performance,
  '0010-checkpoints': checkpoints,
  '0011-windows': windows,
  '0012-columns-as-they-are': columnsAsTheyAre,
  '0013-reports': reports,
  '0014-access-tokens': accessTokens,
}
