import de from './locales/de.json'
import en from './locales/en.json'
import peopleDe from './locales/people.de.json'
import peopleEn from './locales/people.en.json'
import technicianDe from './locales/technician.de.json'
import technicianEn from './locales/technician.en.json'
import usbDe from './locales/usb.de.json'
import usbEn from './locales/usb.en.json'

/** Everything that the edge's console says. */
export const words = {
  en: { ...en, ...peopleEn, ...technicianEn, ...usbEn },
  de: { ...de, ...peopleDe, ...technicianDe, ...usbDe },
}
