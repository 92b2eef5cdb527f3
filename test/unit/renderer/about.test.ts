import { describe, expect, it } from 'vitest'
import { guardrailAlert, noticeAlert } from '#support/fake-alerts.ts'
import { overstrain } from '#support/fake-scene.ts'
import { isNotice as isNoticeOfEdge, noticeRule } from '../../../edge/alerts/notice.ts'
import { isAboutModel, isNotice, subjectName } from '../../../renderer/edge/alert/about.ts'
import { alertTitle } from '../../../renderer/edge/words.ts'

describe('an alert about the model itself', () => {
  it('is one of a guardrail or of a version, and no other', () => {
    expect(
      [noticeAlert(), noticeAlert('taken-back'), guardrailAlert(), overstrain()].map(isAboutModel),
    ).toEqual([true, true, true, false])
    expect([noticeAlert(), noticeAlert('taken-back'), guardrailAlert(), overstrain()].map(isNotice)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('is known by the rule that the runtime gives it', () => {
    for (const kind of ['taken-back', 'damaged'] as const) {
      const alert = { ...noticeAlert(kind), rule: noticeRule(kind) }
      expect([isNotice(alert), isNoticeOfEdge(alert)]).toEqual([true, true])
    }
  })

  it('names the model by its title, never by its id', () => {
    expect(subjectName(noticeAlert(), 'de')).toBe('Fräsausfall')
    expect(alertTitle(noticeAlert(), 'en')).toBe('Milling failure: The copy of version 1.1.0 is damaged')
    expect(alertTitle(guardrailAlert(), 'en')).toBe('Milling failure: Readings without an answer')
    expect(alertTitle(overstrain(), 'en')).toBe('Mill 3: overstrain likely')
  })
})
