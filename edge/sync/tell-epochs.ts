import type { RecordEpoch } from '#core/audit/format.ts'
import { toHex } from '#core/chain/hex.ts'
import { type Watermarks, watermarksSchema } from '#core/contracts/sync.ts'
import type { ChainEpoch } from '../journal/chain-reader.ts'
import { meaningOf, wordsOf } from './answers.ts'
import type { CentralAnswer, CentralClient } from './client.ts'

/** Tells central of all lives of this journal, and hears where it stands in each. Never rejects. */
export async function tellEpochs(
  client: CentralClient,
  device: string,
  epochs: readonly ChainEpoch[],
  signal: AbortSignal,
): Promise<Watermarks | { lost: string } | { refused: string }> {
  let answer: CentralAnswer
  try {
    const body = { epochs: epochs.map(told) }
    answer = await client.post(`/sync/v1/${device}/epochs`, body, { method: 'PUT', signal })
  } catch (error) {
    return { lost: error instanceof Error ? error.message : String(error) }
  }
  if (answer.status === 200) {
    const watermarks = watermarksSchema.safeParse(answer.body)
    return watermarks.success ? watermarks.data : { lost: 'what answers there is not central' }
  }
  const meaning = meaningOf(answer)
  return meaning.is === 'refused' ? { refused: meaning.why } : { lost: wordsOf(answer.status, answer.body) }
}

const told = ({ epoch, startedMs, why, tips }: ChainEpoch): RecordEpoch => ({
  epoch,
  startedAt: new Date(startedMs).toISOString(),
  why,
  tips: tips.map(({ seq, digest }) => ({ seq, head: toHex(digest) })),
})
