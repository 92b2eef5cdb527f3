/** Invented content for browser tests: a small industrial computer. */
export const hardware = () => ({
  system: { manufacturer: 'Advantech', model: 'UNO-2484G', virtual: false },
  os: { platform: 'linux', distribution: 'Debian GNU/Linux', release: '13', arch: 'x64' },
  cpu: {
    brand: 'Core i7-7600U',
    physicalCores: 2,
    cores: 4,
    usable: 4,
    flags: 'avx2 fma sse4_2',
  },
  memory: { totalBytes: 16 * 1024 ** 3, availableBytes: 9.4 * 1024 ** 3 },
  disk: { mount: '/', sizeBytes: 256 * 1024 ** 3, availableBytes: 181 * 1024 ** 3 },
  gpus: [{ vendor: 'Intel', model: 'HD Graphics 620', vramMb: null as number | null }],
  load: { cpuPercent: 7 },
  onnxruntime: '1.30.0',
  providers: [
    { name: 'cpu', bundled: true },
    { name: 'webgpu', bundled: true },
    { name: 'cuda', bundled: false },
  ],
})
export type FakeHardware = ReturnType<typeof hardware> & Record<string, unknown>
