import type { TFunction } from 'i18next'
import type { LiveReading } from '#core/contracts/api.ts'
import type { QualityMark } from '#core/contracts/decision.ts'
import type { Feature } from '#core/contracts/manifest.ts'
import { say } from '#core/contracts/text.ts'
import type { Format } from '../../ui/format.ts'
import { displayUnit } from '../../ui/units.ts'
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
  features: readonly Feature[]
  format: Format
  t: TFunction
}

/** Why the newest reading has no answer of the model, in words; undefined where it has one. */
export function noAnswer(parts: Parts): NoAnswer | undefined {
  const { newest, t } = parts
  const byRules = newest.by === 'rules'
  if (isAnswered(newest) && !byRules) return undefined
  const { quality } = newest
  const filling = quality.find(({ code }) => code === 'window-filling')
  const progress = filling?.progress
  return {
    title: t(
      byRules
        ? 'noAnswer.rules'
        : newest.verdict === 'rejected'
          ? 'noAnswer.rejected'
          : filling
            ? 'noAnswer.yet'
            : 'noAnswer.abstain',
    ),
    why: [...new Set(quality.map((mark) => sentence(mark, parts) ?? upper(mark.message)))],
    image: quality.some(({ code }) => code === 'image-unreadable' || code === 'image-blank'),
    ...(progress && { share: progress.have / progress.need }),
  }
}

/** In the reader's language, where the mark says all that it takes. */
function sentence(
  { code, feature: name, progress }: QualityMark,
  { newest, features, format, t }: Parts,
): string | undefined {
  const feature = features.find((each) => each.name === name)
  const title = feature && say(feature.title, format.language)
  switch (code) {
    case 'window-filling':
      return progress && t('noAnswer.filling', { ...progress, asset: newest.asset })
    case 'all-missing':
      return t('noAnswer.allMissing')
    case 'output-not-finite':
      return t('noAnswer.notFinite')
    case 'image-blank':
      return t('noAnswer.blank')
    case 'image-unreadable':
      return t('noAnswer.unreadable')
    case 'stuck':
      return title && t('noAnswer.stuck', { title })
    case 'missing-feature':
      return title && t(feature.kind === 'series' ? 'noAnswer.gaps' : 'noAnswer.missing', { title })
    case 'outside-physical-limits': {
      const value = newest.values[name ?? ''] ?? undefined
      if (title === undefined || value === undefined) return undefined
      const unit = displayUnit(feature?.unit, format.language)
      return t('noAnswer.outside', {
        title,
        value: format.number(value, 6, false) + (unit && `\u00a0${unit}`),
      })
    }
    default:
      return undefined
  }
}

/** The runtime's own words, as a sentence. */
function upper(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.')
}
