import type { TFunction } from 'i18next'
import type { LiveReading } from '#core/contracts/api.ts'
import type { QualityMark } from '#core/contracts/decision.ts'
import type { InputTensor } from '#core/contracts/input-tensor.ts'
import { isAnswered } from './answers.ts'

export interface NoAnswer {
  title: string
  /** Why, each a sentence. */
  why: string[]
  /** The image cannot be looked at, or there is nothing on it. */
  image: boolean
  /** How full the model's window is, 0..1. */
  share?: number
}

interface Parts {
  newest: LiveReading
  /** Marks of the recorded reading; until they are here, only its sentences are known. */
  marks: readonly QualityMark[] | undefined
  tensors: readonly InputTensor[]
  t: TFunction
}

/** Why the newest reading has no answer, in words; undefined where it has one. */
export function noAnswer({ newest, marks, tensors, t }: Parts): NoAnswer | undefined {
  if (isAnswered(newest)) return undefined
  const imageMark = marks?.find(({ code }) => code === 'image-unreadable' || code === 'image-blank')
  const filling = marks?.find(({ code }) => code === 'window-filling')
  const window = filling && windowOf(filling.message, tensors)
  const why = marks ? marks.map((mark) => sentence(mark, newest.asset, window, t)) : newest.quality.map(upper)
  return {
    title: t(
      newest.verdict === 'rejected' ? 'noAnswer.rejected' : filling ? 'noAnswer.yet' : 'noAnswer.abstain',
    ),
    why: [...new Set(why)],
    image: imageMark !== undefined,
    ...(window && { share: window.soFar / window.steps }),
  }
}

interface Window {
  steps: number
  soFar: number
}

/** The two numbers of the runtime's sentence, where it can be told which is which; it is shown as it is elsewhere. */
function windowOf(message: string, tensors: readonly InputTensor[]): Window | undefined {
  const found = /needs (\d+) readings .*; (\d+) so far$/.exec(message)
  const [steps, soFar] = [Number(found?.[1]), Number(found?.[2])]
  const known = tensors.some((tensor) => tensor.kind === 'window' && tensor.steps === steps)
  return known && soFar < steps ? { steps, soFar } : undefined
}

function sentence(mark: QualityMark, asset: string, window: Window | undefined, t: TFunction): string {
  switch (mark.code) {
    case 'window-filling':
      return window ? t('noAnswer.filling', { ...window, asset }) : upper(mark.message)
    case 'image-blank':
      return t('noAnswer.blank')
    case 'image-unreadable':
      return t('noAnswer.unreadable')
    default:
      return upper(mark.message)
  }
}

/** The runtime's own words, as a sentence. */
function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')
}
