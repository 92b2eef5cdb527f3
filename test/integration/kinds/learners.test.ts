import { describeLot } from './kinds.ts'

describeLot('learners')
