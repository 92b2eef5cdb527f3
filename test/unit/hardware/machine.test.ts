import { describe, expect, it } from 'vitest'
import { lookAtMachine } from '#edge/hardware/machine.ts'
import { driverName, type Seen, vulkanHere } from '#edge/hardware/vulkan.ts'

const loader = '/usr/lib/libvulkan.so.1'
const nvidiaVersion =
  'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12'

function machine(
  files: Record<string, string>,
  env: Record<string, string> = {},
  platform: NodeJS.Platform = 'linux',
): Seen {
  const names = Object.keys(files)
  return {
    platform,
    env,
    exists: (path) => names.includes(path),
    read: (path) => files[path],
    list: (folder) => [
      ...new Set(
        names
          .filter((path) => path.startsWith(`${folder}/`))
          .map((path) => path.slice(folder.length + 1).split('/')[0]!),
      ),
    ],
  }
}

const build = (...libraries: string[]) => ({ version: '1.30.0', libraries })
const presence = (seen: Seen, libraries: string[] = []) =>
  Object.fromEntries(
    lookAtMachine(seen, build(...libraries)).candidates.map(({ provider, presence }) => [
      provider,
      presence.here ? presence.device : `absent: ${presence.why}`,
    ]),
  )

describe('Vulkan', () => {
  const icd = '/usr/share/vulkan/icd.d/intel_icd.x86_64.json'
  it.each<{ what: string; seen: Seen; expected: object }>([
    {
      what: 'no loader',
      seen: machine({ [icd]: '' }),
      expected: { here: false, why: 'Vulkan is not installed' },
    },
    {
      what: 'no driver',
      seen: machine({ [loader]: '' }),
      expected: { here: false, why: 'no Vulkan driver is installed' },
    },
    {
      what: 'an installed driver',
      seen: machine({ [loader]: '', [icd]: '' }),
      expected: { here: true, drivers: [icd] },
    },
    {
      what: 'a loader in the cache of ld.so',
      seen: machine({ '/etc/ld.so.cache': 'x\0libvulkan.so.1\0/opt/libvulkan.so.1\0', [icd]: '' }),
      expected: { here: true, drivers: [icd] },
    },
    {
      what: 'a loader of another version',
      seen: machine({ '/etc/ld.so.cache': 'libvulkan.so.12\0', [icd]: '' }),
      expected: { here: false, why: 'Vulkan is not installed' },
    },
    {
      what: 'a named driver instead of what is installed',
      seen: machine(
        { '/opt/libvulkan.so.1': '', [icd]: '', '/opt/a.json': '' },
        { LD_LIBRARY_PATH: '/opt', VK_ICD_FILENAMES: '/opt/a.json' },
      ),
      expected: { here: true, drivers: ['/opt/a.json'] },
    },
    {
      what: 'a named driver that is not there',
      seen: machine({ [loader]: '', [icd]: '' }, { VK_DRIVER_FILES: '/opt/a.json' }),
      expected: { here: false, why: 'the Vulkan driver /opt/a.json does not exist' },
    },
  ])('$what', ({ seen, expected }) => {
    expect(vulkanHere(seen)).toEqual(expected)
  })

  it.each([
    [icd, 'intel'],
    ['/x/vk_swiftshader_icd.json', 'vk_swiftshader'],
    ['/x/nvidia_icd.json', 'nvidia'],
    ['/x/lvp_icd.x86_64.json', 'lvp'],
  ])('%s is called %s', (file, name) => expect(driverName(file)).toBe(name))
})

describe('what is worth a lane', () => {
  const gpu = {
    '/proc/driver/nvidia/version': nvidiaVersion,
    '/proc/driver/nvidia/gpus/0000:01:00.0/information': 'Model: \t\t NVIDIA RTX A2000\nIRQ: 1',
  }
  const cuda = 'libonnxruntime_providers_cuda.so'
  const tensorrt = 'libonnxruntime_providers_tensorrt.so'

  it('is the CPU alone on a plain Linux box', () => {
    expect(presence(machine({}))).toMatchObject({
      cpu: expect.stringMatching(/^CPU, \d+ threads?$/),
      cuda: 'absent: there is no NVIDIA GPU, or its driver is not loaded',
      tensorrt: 'absent: there is no NVIDIA GPU, or its driver is not loaded',
      webgpu: 'absent: Vulkan is not installed',
    })
  })
  it('is CUDA where there is a GPU and its library was fetched', () => {
    expect(presence(machine(gpu))['cuda']).toBe(
      'absent: its library is not on board: npm run gpu:cuda fetches it',
    )
    expect(presence(machine(gpu), [cuda])['cuda']).toBe('NVIDIA RTX A2000, 550.54.15')
    expect(presence(machine({}), [cuda])['cuda']).toMatch('absent')
  })
  it('is TensorRT only where that is installed, too', () => {
    expect(presence(machine(gpu), [cuda, tensorrt])['tensorrt']).toMatch('absent: TensorRT itself')
    expect(
      presence(machine({ ...gpu, '/usr/lib/libnvinfer.so.10': '' }), [cuda, tensorrt])['tensorrt'],
    ).toMatch('A2000')
  })
  it('is of the platform', () => {
    expect(Object.keys(presence(machine({}, {}, 'win32')))).toEqual(['cpu', 'dml', 'webgpu'])
    expect(Object.keys(presence(machine({}, {}, 'darwin')))).toEqual(['cpu', 'coreml', 'webgpu'])
  })
  it('changes with its driver', () => {
    const driver = (version: string) =>
      lookAtMachine(
        machine({ '/proc/driver/nvidia/version': nvidiaVersion.replace('550.54.15', version) }),
        build(),
      ).driver
    expect(driver('550.54.15')).toContain('NVIDIA 550.54.15')
    expect(driver('550.54.15')).not.toBe(driver('560.1'))
    const windows = (version: string) =>
      lookAtMachine(machine({}, {}, 'win32'), build(), [{ model: 'Arc', driver: version }]).driver
    expect(windows('1')).not.toBe(windows('2'))
  })
})
