import { bridgeName } from '../../ipc/calls.ts'
import type { Page } from './pages.ts'

const escapes: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? sign)

/** Nothing is loaded and nothing asked for: what the page needs is in it, under this nonce. */
export const pagePolicy = (nonce: string): string =>
  `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { max-width: 38rem; padding: 2rem; }
.grave { border-inline-start: 6px solid #b3261e; padding-inline-start: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 1rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid GrayText; padding: .75rem; }
button { font: inherit; min-height: 48px; padding: 0 1.25rem; margin: .5rem .5rem 0 0; }
`
const script = `
for (const button of document.querySelectorAll('button'))
  button.addEventListener('click', () => {
    const { call, input } = button.dataset
    void window.${bridgeName}[call](input === undefined ? undefined : JSON.parse(input))
  })
`

/** The page as a document. `nonce`: fresh for each answer. */
export function pageHtml(page: Page, nonce: string): string {
  const buttons = page.actions.map(({ label, call, input }) => {
    const given = input === undefined ? '' : ` data-input="${escaped(JSON.stringify(input))}"`
    return `<button type="button" data-call="${call}"${given}>${escaped(label)}</button>`
  })
  const paragraphs = page.paragraphs.map((text) => `<p>${escaped(text)}</p>`)
  const detail = page.detail === undefined ? '' : `<pre>${escaped(page.detail)}</pre>`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Edgewright</title><style nonce="${nonce}">${style}</style></head>
<body><main${page.grave ? ' class="grave" role="alert"' : ' role="status"'}><h1>${escaped(page.title)}</h1>
${paragraphs.join('\n')}${detail}
<div>${buttons.join('')}</div></main><script nonce="${nonce}">${script}</script></body></html>`
}
