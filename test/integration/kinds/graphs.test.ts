import { describeLot } from './kinds.ts'

describeLot('graphs')
