import type { Area } from '../area.ts'
import type { Base } from '../central.ts'
import type { Notifier } from '../notify/outbox.ts'
import { alertRoutes } from './alert-routes.ts'
import { alertsProjector } from './alerts-projector.ts'
import { guardrailsProjector } from './guardrails-projector.ts'
import { inboxRoutes } from './inbox-routes.ts'
import { requestScheduled } from './request-retraining.ts'
import { retrainingRoutes } from './retraining-routes.ts'
import { reviewRoutes } from './review-routes.ts'

const lookEveryMs = 60_000

/** Alerts of the fleet, answers of people to them, and what follows: review, training data, retraining. */
export function createFeedback(base: Base, notifier: Notifier): Area {
  let lookedMs = 0
  const parts = { now: base.now, notifier }
  return {
    projectors: [alertsProjector(parts), guardrailsProjector(parts)],
    tick: async () => {
      if (Math.abs(base.now() - lookedMs) < lookEveryMs) return
      lookedMs = base.now()
      await requestScheduled(base, notifier)
    },
    routes: (app) => {
      alertRoutes(app, base)
      reviewRoutes(app, base, notifier)
      retrainingRoutes(app, base, notifier)
      inboxRoutes(app, base, notifier)
    },
  }
}
