import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { PackageStore } from '#edge/deploy/store.ts'
import { workFolder } from '#support/drafts.ts'
import { until } from '#support/processes.ts'

const files = 200

let work = workFolder()
afterEach(() => work.remove())

/** An unpacked package of many files, so that removing it takes a while. */
function unpacked(dir: string): string {
  mkdirSync(dir, { recursive: true })
  for (let k = 0; k < files; k++) writeFileSync(join(dir, `file-${k}`), `${k}`)
  return dir
}

function storeWith(...folders: string[]) {
  work = workFolder()
  for (const folder of folders) mkdirSync(work.path('packages', folder), { recursive: true })
  return new PackageStore(work.dir)
}

describe('PackageStore', () => {
  it('keeps what is to be kept when it comes to removing, not when it was asked', async () => {
    const store = storeWith('mill/1.0.0-a', 'mill/1.1.0-b')
    let keep = ['mill/1.0.0-a']
    const sweeping = store.sweep('mill', () => keep)
    keep = ['mill/1.1.0-b']
    await sweeping
    expect(readdirSync(work.path('packages', 'mill'))).toEqual(['1.1.0-b'])
  })

  it('lets a version come back whole while its folder is being removed', async () => {
    const store = storeWith('mill/1.0.0-a', 'mill/1.1.0-b')
    const dir = work.path('packages', 'mill/1.0.0-a')
    unpacked(dir)
    const from = unpacked(work.path('staging'))
    const sweeping = store.sweep('mill', () => ['mill/1.1.0-b'])
    await until('removing has begun', () =>
      !existsSync(dir) || readdirSync(dir).length < files ? true : undefined,
    )
    await Promise.all([sweeping, store.place(from, 'mill/1.0.0-a')])
    expect(readdirSync(dir)).toHaveLength(files)
  })

  it('removes what is not kept, and the folder of a model of which nothing is', async () => {
    const store = storeWith('mill/1.0.0-a', 'mill/1.1.0-b', 'lathe/1.0.0-a')
    await store.sweep('mill', () => ['mill/1.1.0-b'])
    expect(readdirSync(work.path('packages', 'mill'))).toEqual(['1.1.0-b'])
    await store.sweep('mill', () => [])
    expect(existsSync(work.path('packages', 'mill'))).toBe(false)
    expect(existsSync(work.path('packages', 'lathe', '1.0.0-a'))).toBe(true)
    await store.sweep('none of this name', () => [])
  })

  it('goes on after something that failed', async () => {
    const store = storeWith('mill/1.0.0-a')
    await expect(store.place(work.path('not there'), 'mill/1.1.0-b')).rejects.toThrow('ENOENT')
    mkdirSync(work.path('staging'))
    await store.place(work.path('staging'), 'mill/1.1.0-b')
    expect(readdirSync(work.path('packages', 'mill'))).toEqual(['1.0.0-a', '1.1.0-b'])
  })
})
