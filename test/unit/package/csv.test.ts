import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCsv } from '#edge/package/csv.ts'
import { sha256Of } from '#edge/package/hash.ts'
import { readReference } from '#edge/package/read-reference.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'edgewright-csv-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

const file = (content: string | Buffer) => {
  writeFileSync(join(dir, 'data.csv'), content)
  return join(dir, 'data.csv')
}

async function read(
  content: string | Buffer,
): Promise<{ header: string[]; rows: string[][]; sha256: string }> {
  const csv = await openCsv(file(content))
  const rows: string[][] = []
  for await (const row of csv.rows) rows.push(row)
  return { header: csv.header, rows, sha256: csv.sha256() }
}

describe('openCsv', () => {
  it('drops a byte order mark, keeps odd names, finds the separator, and hashes the file as it is', async () => {
    const content = '\ufeff"Torque [Nm]";"a;b";Größe\r\n1;"x\n""y""";3\r\n\r\n4;5;6'
    expect(await read(content)).toEqual({
      header: ['Torque [Nm]', 'a;b', 'Größe'],
      rows: [
        ['1', 'x\n"y"', '3'],
        ['4', '5', '6'],
      ],
      sha256: sha256Of(Buffer.from(content)),
    })
    expect((await read('a\tb\n1\t2\n')).header).toEqual(['a', 'b'])
    expect((await read('only\n1\n')).rows).toEqual([['1']])
  })

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /"data.csv" is refused: it is empty/],
    ['a workbook', 'PK\x03\x04...', /Excel/],
    ['Parquet', 'PAR1...', /Parquet/],
    ['UTF-16', Buffer.from('\ufeffa,b\n', 'utf16le'), /UTF-16/],
    ['another encoding', Buffer.from('Gr\xf6\xdfe,b\n1,2\n', 'latin1'), /not UTF-8/],
    ['a web page', '<!doctype html>', /web page/],
    ['a Git-LFS pointer', 'version https://git-lfs.github.com/spec/v1\n', /git lfs pull/],
    ['binary data', Buffer.from([1, 0, 2]), /binary/],
    ['a column named twice', 'a,b,a\n1,2,3\n', /two columns are named "a"/],
    ['no header', '1,2\n3,4\n', /header line/],
    ['a row of another length', 'a,b\n1,2\n1,2,3\n', /line 3/],
  ])('refuses %s', async (_, content, why) => {
    await expect(read(content)).rejects.toThrow(why)
  })

  it('refuses what is not there', async () => {
    await expect(openCsv(join(dir, 'missing.csv'))).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(openCsv(dir)).rejects.toMatchObject({ code: 'file-unreadable' })
  })
})

describe('readReference', () => {
  it('sorts by the time column, and knows why rows are in no order', async () => {
    const path = file('t,x\n3,30\n1,10\n2,20\n')
    const ordered = await readReference(path, 't')
    expect([...ordered.columns[1]!.numbers]).toEqual([10, 20, 30])
    expect(ordered).toMatchObject({ rows: 3, timeColumn: 't' })
    const unordered = await readReference(path)
    expect([...unordered.columns[1]!.numbers]).toEqual([30, 10, 20])
    expect(unordered).not.toHaveProperty('timeColumn')
    expect(unordered.noTimeOrder).toContain('--time')
  })

  it('refuses a time column that is not there or holds no times, and a table without rows', async () => {
    await expect(readReference(file('t,x\n3,30\n'), 'u')).rejects.toThrow(/no column "u".*"t", "x"/)
    await expect(readReference(file('t,x\nlater,30\n'), 't')).rejects.toThrow(/row 1 holds no time/)
    await expect(readReference(file('t,x\n'))).rejects.toThrow(/no rows/)
  })
})
