import { z } from 'zod'

/** Who may do what here: operator (alerts, rollback as the package allows) ⊂ technician (import, swap) ⊂ admin (people, trust). */
export const roleSchema = z.enum(['operator', 'technician', 'admin'])
export type Role = z.infer<typeof roleSchema>

const rank: Record<Role, number> = { operator: 0, technician: 1, admin: 2 }
export const mayActAs = (has: Role, needs: Role): boolean => rank[has] >= rank[needs]

/** Digits only: it is typed on a touch screen, with gloves. */
export const pinSchema = z.string().regex(/^\d{6,12}$/, 'six to twelve digits')
export const personNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'no control characters')
/**
 * Names that people would take for the same have the same key: upper and lower case, spaces, and signs that nobody sees make no
 * second person. To compare with, and never shown.
 */
export const nameKey = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

export const personSchema = z.object({
  id: z.string(),
  name: personNameSchema,
  role: roleSchema,
  /** Too many wrong PINs: until when none is looked at, RFC 3339; null: none. */
  lockedUntil: z.string().nullable(),
})
export type LocalPerson = z.infer<typeof personSchema>

/** `GET /api/people`: who can sign in at this machine. */
export const peopleSchema = z.object({ people: z.array(personSchema) })
/** `POST /api/people` (admin) */
export const newPersonSchema = z.strictObject({ name: personNameSchema, role: roleSchema, pin: pinSchema })
export type NewPerson = z.infer<typeof newPersonSchema>
/** `POST /api/people/{id}/pin` (admin; or oneself, with the PIN that holds now: a screen may have been left alone) */
export const newPinSchema = z.strictObject({ pin: pinSchema, current: z.string().max(64).optional() })
/** `POST /api/session/person`: this browser acts as that person until it is left alone for a while. */
export const signInSchema = z.strictObject({ person: z.string(), pin: z.string().max(64) })

/** `GET /api/session` */
export const sessionSchema = z.object({
  role: roleSchema,
  /** null: nobody in particular; the screen of this machine. */
  person: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** When it falls back to operator if nothing is done, RFC 3339. */
  until: z.string().nullable(),
})
export type Session = z.infer<typeof sessionSchema>
