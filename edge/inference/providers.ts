export interface ListedProvider {
  name: string
  /** Its library came with the package. */
  bundled: boolean
}

/** The execution providers onnxruntime-node was built for. It says nothing about whether they work on this machine. */
export async function listProviders(): Promise<ListedProvider[]> {
  // It looks at this when it is loaded (lane-child.ts says why).
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
  const { listSupportedBackends } = await import('onnxruntime-node')
  return listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }))
}
