import { replaceModules } from '../kit/replace.ts'
import { serve } from '../kit/serve.ts'

/** Preloaded into a runtime: its journal forgets decisions. What the durable record costs shows in the difference. */
replaceModules({ 'edge/journal/open.ts': 'forgetful-journal' })
serve({})
