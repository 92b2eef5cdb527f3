import { describeLot } from './kinds.ts'

describeLot('media')
