import type { Row } from './row.ts'
import { places } from './rows-places.ts'
import { signers } from './rows-signers.ts'
import { transfer } from './rows-transfer.ts'
import { versions } from './rows-versions.ts'

/** Rows 1 to 28 of UPDATES.md but 25, as they meet a whole runtime over HTTP. */
export const faultTable: Row[] = [...signers, ...versions, ...places, ...transfer]
