import { listSupportedBackends } from 'onnxruntime-node'

export interface ListedProvider {
  name: string
  /** Its library came with the package. */
  bundled: boolean
}

/** The execution providers onnxruntime-node was built for. It says nothing about whether they work on this machine. */
export function listProviders(): ListedProvider[] {
  return listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }))
}
