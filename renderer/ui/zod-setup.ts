import { z } from 'zod'

// Before any contract is loaded: zod would otherwise try `new Function`, which the page's policy forbids and reports.
z.config({ jitless: true })
