import { openerOf, type PageOptions } from './console-page.ts'
import { FakeCentral, type FakeCentralParts } from './fake-central.ts'

export const test = openerOf((parts: FakeCentralParts & PageOptions) => FakeCentral.start(parts))

export {
  expect,
  expectAccessible,
  expectContrast,
  expectDialogAccessible,
  expectNothingClipped,
  expectTouchable,
  lengthenWords,
  look,
} from './console-page.ts'
