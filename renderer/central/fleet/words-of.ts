/** Separated by commas or blanks, each once. */
export const wordsOf = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))]
