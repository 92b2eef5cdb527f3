import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lockDataFolder, readRuntimeInfo, writeRuntimeInfo } from '#edge/journal/lock.ts'
import { startChild } from './children.ts'
import { temporaryFolder } from './fixture.ts'

const locked = (message: string): unknown => expect.objectContaining({ code: 'data-folder-locked', message })

describe('the lock of a data folder', () => {
  it('lets one runtime in, names it to others, and is open once it was killed', async () => {
    const dir = temporaryFolder()
    const child = startChild('hold-lock', [dir])
    expect(await child.line()).toBe('locked')
    const { pid } = child.process
    expect(() => lockDataFolder(dir)).toThrow(
      locked(`Another runtime already uses ${dir}: process ${pid} at http://127.0.0.1:8700.`),
    )
    await child.kill()
    expect(readRuntimeInfo(dir)).toMatchObject({ pid })
    const lock = lockDataFolder(dir)
    expect(readRuntimeInfo(dir)).toEqual({ pid: process.pid })
    lock.release()
  })

  it('holds within one process too, until it is released', () => {
    const dir = temporaryFolder()
    const lock = lockDataFolder(dir)
    expect(() => lockDataFolder(dir)).toThrow(
      locked(`Another runtime already uses ${dir}: process ${process.pid}.`),
    )
    lock.release()
    lock.release()
    expect(existsSync(join(dir, 'runtime.json'))).toBe(false)
    lockDataFolder(dir).release()
  })

  it('does not mind what a former runtime left, and works without knowing who holds it', () => {
    const dir = temporaryFolder()
    writeRuntimeInfo(dir, { pid: 1, address: 'http://127.0.0.1:1' })
    const lock = lockDataFolder(dir)
    writeFileSync(join(dir, 'runtime.json'), '{"pid": 12')
    expect(() => lockDataFolder(dir)).toThrow(locked(`Another runtime already uses ${dir}.`))
    lock.release()
  })

  it('says what to do about a lock file that is none', () => {
    const dir = temporaryFolder()
    writeFileSync(join(dir, 'runtime.lock'), 'this is certainly not a database file at all')
    expect(() => lockDataFolder(dir)).toThrow(
      expect.objectContaining({ code: 'file-unreadable', hint: expect.stringContaining('delete') }),
    )
  })
})
