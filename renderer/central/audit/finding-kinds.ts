const known = ['fork', 'restored', 'began-anew', 'lost'] as const

/** The kinds that there are words for. */
export const kindOf = (kind: string) => known.find((each) => each === kind) ?? 'other'
