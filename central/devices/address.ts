import type { Base } from '../central.ts'

/** This server as join codes name it, and as assertions must: exactly this text. */
export const addressOf = ({ publicUrl }: Pick<Base, 'publicUrl'>): string => publicUrl().replace(/\/+$/, '')
