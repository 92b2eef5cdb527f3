/** Of every answer: browsers take it for what it is called, tell nobody where from it was opened, and give it to no other site. */
export const answerHeaders = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

/** Content security policy of whatever is no page. */
export const closedPolicy = "default-src 'none'; frame-ancestors 'none'"

/** Content security policy of a console: its own files, and the styles that carry this nonce. */
export const consolePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "font-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
/** Where the built page wants the nonce. */
const noncePlace = '__CSP_NONCE__'
export const withNonce = (page: string, nonce: string): string => page.replaceAll(noncePlace, nonce)

/** How the console's files are served: their names carry the hash of their content, so a file under one name never changes. */
export const assetCaching = { immutable: true, maxAge: '365d' } as const

/** Where there is no console to show. */
export const emptyPage = (title: string, why: string): string =>
  `<!doctype html><meta charset="utf-8"><title>${title}</title><p>${why}</p>`
