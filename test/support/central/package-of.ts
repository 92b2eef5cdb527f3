import { pack } from 'tar-stream'
import type { Manifest } from '#core/contracts/manifest.ts'
import { manifestOf } from '#support/manifest.ts'

interface Parts {
  id?: string
  version?: string
  release?: number
  edit?: (manifest: Manifest) => unknown
  card?: string
  /** Of the model, which nobody at central looks at. */
  model?: Buffer
}

/** The bytes of a package as central sees one: manifest, card, and a model that could not run. */
export async function packageOf({
  id = 'press-failure',
  version = '1.0.0',
  release = 1,
  edit,
  card = `# ${id} ${version}\n`,
  model = Buffer.from(`the model of ${id} ${version}`),
}: Parts = {}): Promise<Buffer> {
  const manifest = { ...manifestOf({ id }), version, release }
  edit?.(manifest)
  const tar = pack()
  const mtime = new Date(0) // The same parts are the same bytes.
  tar.entry({ name: 'digests.json', mtime }, '{}')
  tar.entry({ name: 'model.json', mtime }, JSON.stringify(manifest))
  tar.entry({ name: 'card.md', mtime }, card)
  tar.entry({ name: 'model.onnx', mtime }, model)
  tar.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of tar) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
