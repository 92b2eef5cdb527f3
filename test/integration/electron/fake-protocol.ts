/** What the stand-in for Electron is told to do. */
export type Command =
  | { do: 'navigate' | 'open' | 'request'; url: string }
  | { do: 'permission'; name: string }
  | { do: 'permission-check' | 'device' | 'webview' | 'crash' | 'second' | 'close' | 'quit' }
  | { do: 'menu'; label: string }
  | { do: 'call'; channel: string; input: unknown; frameUrl: string; topFrame: boolean; ownWindow: boolean }

/** What it says that the app did. */
export type Report =
  | { what: 'sandbox' | 'show' | 'hide' | 'focus' | 'exit' }
  | { what: 'schemes'; schemes: unknown }
  | { what: 'window'; preferences: Record<string, unknown> }
  | { what: 'load'; address: string; html: string }
  | { what: 'tip'; tip: string }
  | { what: 'notice' | 'box'; title: string }
  | { what: 'external'; address: string }
  | { what: 'folder'; path: string }
  | { what: 'awake'; kind: string }
  | { what: 'answer'; id: number; answer?: unknown; failed?: string }
