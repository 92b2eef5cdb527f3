import de from './locales/de.json'
import en from './locales/en.json'

/** Everything that the fleet's console says. */
export const words = { en, de }
