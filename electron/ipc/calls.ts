/** What the app's own pages may ask of the main process. The preload script reads names only, so zod stays out of it. */
export const desktopCalls = ['tryAgain', 'openLogFolder', 'openInBrowser', 'quit'] as const
export type DesktopCall = (typeof desktopCalls)[number]

export const channelOf = (call: DesktopCall): string => `edgewright:${call}`

/** The global that the preload script adds to the app's own pages. */
export const bridgeName = 'edgewrightDesktop'

/** Scheme and origin of the app's own pages: what is shown while there is no console to show. */
export const appScheme = 'edgewright-app'
export const appOrigin = `${appScheme}://pages`
