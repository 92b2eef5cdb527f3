import { readCentralInfo } from '#central/server/info.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { centralKind, EdgeClient } from './edge-client.ts'
import { type Io, readToken, userPath } from './io.ts'

/** Options of every command that talks to central. */
export interface Where {
  central?: string
  data?: string
}

/** The central that a person means: the one at --central, or the one that runs on the data folder they named. */
export function connectCentral(io: Io, { central, data }: Where): EdgeClient {
  const url = central ?? (data === undefined ? undefined : readCentralInfo(userPath(io, data))?.address)
  if (url !== undefined) return new EdgeClient(url, readToken(io, data), centralKind)
  throw new EdgewrightError(
    'central-unreachable',
    data === undefined ? 'it is not said which central' : `no central runs on ${data}`,
    {
      hint:
        data === undefined
          ? 'Name its data folder with --data DIR, or its address with --central URL.'
          : `Start it: edgewright central --data ${data}; or name another with --central URL.`,
    },
  )
}
