import { playTable } from '#support/faults/play-table.ts'
import { faultTable } from '#support/faults/table.ts'

/** The fault table of UPDATES.md, rows 34 to 43, as far as a minute allows; test/fault/deploy has all of it. */
playTable(faultTable({ deadlineMs: 1000, memoryMb: 300 }).filter(({ long }) => !long))
