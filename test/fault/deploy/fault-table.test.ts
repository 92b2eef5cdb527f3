import { playTable } from '#support/faults/play-table.ts'
import { faultTable } from '#support/faults/table.ts'

/** The fault table of UPDATES.md, rows 34 to 43: all rows. */
playTable(faultTable({ deadlineMs: 1000, memoryMb: 1024 }))
