import { describe, expect, it } from 'vitest'
import { shippedOnly } from '../../../build/sbom.mjs'

const component = (name: string, version: string) => ({
  'bom-ref': `${name}@${version}`,
  name,
  version,
  externalReferences: [
    { type: 'vcs', url: `git+https://example.org/${name}` },
    { type: 'distribution', url: `https://registry.example.org/${name}` },
  ],
})
const bom = () => ({
  bomFormat: 'CycloneDX',
  serialNumber: 'urn:uuid:1',
  metadata: {
    timestamp: '2026-11-24T14:00:00Z',
    tools: [{ vendor: 'npm' }],
    component: { ...component('a-folder', '0.1.0'), 'bom-ref': 'edgewright@0.1.0' },
  },
  components: [component('fastify', '5.0.0'), component('fastify', '4.0.0'), component('vitest', '1.0.0')],
  dependencies: [
    { ref: 'edgewright@0.1.0', dependsOn: ['fastify@5.0.0', 'vitest@1.0.0'] },
    { ref: 'fastify@5.0.0', dependsOn: ['fastify@4.0.0'] },
    { ref: 'fastify@4.0.0' },
    { ref: 'vitest@1.0.0', dependsOn: ['fastify@5.0.0'] },
  ],
})

describe('the bill of materials', () => {
  it('lists what is shipped, by name and version, and what of it needs what', () => {
    const made = shippedOnly(bom(), new Set(['fastify@5.0.0']), 'edgewright')
    expect(made.components.map((each) => each['bom-ref'])).toEqual(['fastify@5.0.0'])
    expect(made.dependencies).toEqual([
      { ref: 'edgewright@0.1.0', dependsOn: ['fastify@5.0.0'] },
      { ref: 'fastify@5.0.0', dependsOn: [] },
    ])
    expect(made['bomFormat']).toBe('CycloneDX')
  })

  it('tells nothing of the machine that made it, nor of when', () => {
    const made = shippedOnly(bom(), new Set(['fastify@5.0.0']), 'edgewright')
    expect(made.metadata.component.name).toBe('edgewright')
    expect(JSON.stringify(made)).not.toMatch(/a-folder|registry|urn:uuid|2026|npm/)
    expect(JSON.stringify(made)).toContain('git+https://example.org/fastify')
  })

  it('is not made where something is shipped that the lockfile does not know', () => {
    const shipped = new Set(['fastify@5.0.0', 'left-pad@1.0.0'])
    expect(() => shippedOnly(bom(), shipped, 'edgewright')).toThrow('left-pad@1.0.0')
  })
})
