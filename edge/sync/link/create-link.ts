import { httpSource } from '../../update/sources/http-source.ts'
import { Link, type LinkParts } from './link.ts'
import { type ReportParts, reportOf } from './report.ts'

type Given = Omit<LinkParts, 'report' | 'openSource' | 'fetch' | 'updates'> &
  ReportParts &
  Pick<LinkParts, 'updates'>

/** The link to central, over this machine's own network. */
export function createLink(parts: Given): Link {
  return new Link({
    ...parts,
    report: () => reportOf(parts),
    openSource: (address, signal) => httpSource(address, { signal }),
    fetch: globalThis.fetch,
  })
}
