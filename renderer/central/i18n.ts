import de from './locales/de.json'
import en from './locales/en.json'
import fleetDe from './locales/fleet.de.json'
import fleetEn from './locales/fleet.en.json'
import rolloutsDe from './locales/rollouts.de.json'
import rolloutsEn from './locales/rollouts.en.json'
import settingsDe from './locales/settings.de.json'
import settingsEn from './locales/settings.en.json'

/** Everything that the fleet's console says. */
export const words = {
  en: { ...en, ...fleetEn, ...rolloutsEn, ...settingsEn },
  de: { ...de, ...fleetDe, ...rolloutsDe, ...settingsDe },
}
