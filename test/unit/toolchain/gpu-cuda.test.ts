import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { failureInWords, planFor } from '../../../build/gpu-cuda.mjs'

const metadata = createRequire(import.meta.url)('onnxruntime-node/script/install-metadata.js')
const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json')

describe('npm run gpu:cuda', () => {
  it('plans what onnxruntime-node itself would fetch, in its own version', () => {
    const plan = planFor(metadata, 'linux', 'x64')
    expect(plan.files).toContain('libonnxruntime_providers_cuda.so')
    expect(plan.packages).toEqual([
      { name: expect.stringContaining('OnnxRuntime.Gpu'), version, from: expect.stringMatching(/^https:/) },
    ])
  })
  it.each([
    ['darwin', 'arm64'],
    ['win32', 'x64'],
    ['linux', 'arm64'],
    ['sunos', 'x64'],
  ])('refuses in words where there is none: %s on %s', (platform, arch) => {
    expect(() => planFor(metadata, platform, arch)).toThrow(
      `onnxruntime-node has no CUDA library for ${platform}/${arch}, only for linux/x64; nothing was fetched.`,
    )
  })
  it.each([
    ['Error: getaddrinfo ENOTFOUND feed.example\n    at x.js:1', 'feed.example cannot be reached'],
    ['AggregateError [ECONNREFUSED]: \n', 'feed.example cannot be reached'],
    ['Error: ENOSPC: no space left on device, write\n    at y', 'the disk is full'],
    [
      'x\nError: Failed to download from there. HTTP status code = 500\n    at z\n\nNode.js v24',
      'HTTP status code = 500',
    ],
  ])('says why it could not be fetched', (said, words) => {
    const plan = {
      files: [],
      packages: [{ name: 'x', version: '1', from: 'https://feed.example/index.json' }],
    }
    expect(failureInWords(said, plan)).toContain(words)
  })
})
