import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { candidates, type Listing, listDrives } from '#edge/update/usb/drives.ts'

const block = (mount: string, fields: Partial<Listing['blocks'][number]> = {}) => ({
  ...{ mount, removable: true, protocol: 'usb', label: '', model: '', fsType: 'vfat' },
  ...fields,
})
const none: Listing = { blocks: [], sizes: [], plugged: [] }
const paths = (listing: Partial<Listing>) => candidates({ ...none, ...listing }).map(({ path }) => path)

describe('drives', () => {
  it('are what is removable or on USB, and mounted', () => {
    const blocks = [
      block('/media/anna/STICK'),
      block('', {}),
      block('/srv', { removable: false, protocol: 'sata' }),
    ]
    expect(paths({ blocks })).toEqual(['/media/anna/STICK'])
    expect(paths({ blocks: [block('/mnt/x', { removable: false })] })).toEqual(['/mnt/x'])
  })

  it('are never the system itself, though it runs from a stick', () => {
    expect(
      paths({ blocks: ['/', '/boot/efi', '/home', '/usr', '[SWAP]'].map((mount) => block(mount)) }),
    ).toEqual([])
  })

  it('have the letter of a Windows drive as a path', () => {
    expect(paths({ blocks: [block('E:')] })).toEqual(['E:\\'])
  })

  it('are also what lies where sticks are mounted, but nothing over a network', () => {
    const sizes = [{ mount: '/media/share', type: 'nfs4', available: 5 }]
    expect(paths({ plugged: ['/media/anna/A', '/media/share'], sizes })).toEqual(['/media/anna/A'])
  })

  it('are told once, with their label and what is free', () => {
    const sizes = [{ mount: '/media/S', type: 'vfat', available: 12 }]
    const blocks = [block('/media/S', { label: 'UPDATES' })]
    expect(candidates({ blocks, sizes, plugged: ['/media/S'] })).toEqual([
      { path: '/media/S', label: 'UPDATES', removable: true, freeBytes: 12 },
    ])
  })
})

describe('the list of drives', () => {
  const work = mkdtempSync(join(tmpdir(), 'edgewright-drives-'))
  afterAll(() => rmSync(work, { recursive: true }))

  it('puts those that hold a repository first, and leaves out folders that hold none', async () => {
    for (const name of ['a', 'b/edgewright-repository', 'c']) mkdirSync(join(work, name), { recursive: true })
    const look = async () => ({
      ...none,
      blocks: [block(join(work, 'a')), block(join(work, 'b'))],
      plugged: [join(work, 'c')],
    })
    const found = await listDrives(look)
    expect(found.map(({ path, repository }) => [path, repository])).toEqual([
      [join(work, 'b'), join(work, 'b', 'edgewright-repository')],
      [join(work, 'a'), null],
    ])
  })

  it('is empty where the system does not answer', async () => {
    expect(await listDrives(() => Promise.reject(new Error('no lsblk')))).toEqual([])
  })
})
