import alarmsDe from './locales/alarms.de.json'
import alarmsEn from './locales/alarms.en.json'
import auditDe from './locales/audit.de.json'
import auditEn from './locales/audit.en.json'
import de from './locales/de.json'
import en from './locales/en.json'
import feedbackDe from './locales/feedback.de.json'
import feedbackEn from './locales/feedback.en.json'
import fleetDe from './locales/fleet.de.json'
import fleetEn from './locales/fleet.en.json'
import performanceDe from './locales/performance.de.json'
import performanceEn from './locales/performance.en.json'
import registryDe from './locales/registry.de.json'
import registryEn from './locales/registry.en.json'
import rolloutsDe from './locales/rollouts.de.json'
import rolloutsEn from './locales/rollouts.en.json'
import settingsDe from './locales/settings.de.json'
import settingsEn from './locales/settings.en.json'

/** Everything that the fleet's console says. */
export const words = {
  en: {
    ...{ ...en, ...fleetEn, ...rolloutsEn, ...settingsEn },
    ...{ ...registryEn, ...performanceEn, ...feedbackEn, ...alarmsEn, ...auditEn },
  },
  de: {
    ...{ ...de, ...fleetDe, ...rolloutsDe, ...settingsDe },
    ...{ ...registryDe, ...performanceDe, ...feedbackDe, ...alarmsDe, ...auditDe },
  },
}
