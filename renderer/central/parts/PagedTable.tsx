import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { z } from 'zod'
import { Button } from '../../ui/Button.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useFormat } from '../../ui/use-format.ts'
import { type Params, useGet } from '../client/queries.ts'

export interface Column<T> {
  key: string
  head: ReactNode
  cell: (item: T) => ReactNode
  /** Figures stand at the end of their column. */
  numeric?: boolean
  /** What the server calls this order; absent: it cannot sort by it. */
  sort?: string
  width?: string
}

/** What `pageOf` of core/contracts makes. */
type Page<T> = z.ZodType<{ items: T[]; next: string | null; total?: number | undefined }>

interface Props<T> {
  /** What the table is of: its name for those who do not see it. */
  label: string
  schema: Page<T>
  path: string
  /** Filters; another one begins at the first page. */
  params?: Params
  columns: readonly Column<T>[]
  id: (item: T) => string | number
  /** In place of rows where there are none. */
  empty: ReactNode
  limit?: number
  everyMs?: number
  /** Name of the server's parameter for the order. */
  sortBy?: string
}

/** A list that the server pages: only one page is ever here, so ten thousand rows are as quick as ten. */
export function PagedTable<T>({
  label,
  schema,
  path,
  params = {},
  columns,
  id,
  empty,
  limit = 50,
  everyMs,
  sortBy = 'sort',
}: Props<T>) {
  const { t } = useTranslation()
  const [cursors, setCursors] = useState<readonly string[]>([])
  const [sort, setSort] = useState<string>()
  const question = JSON.stringify([path, params, sort])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins at its first page
  useEffect(() => setCursors([]), [question])
  const page = useGet(schema, path, {
    params: { ...params, limit, cursor: cursors.at(-1), ...(sort !== undefined && { [sortBy]: sort }) },
    ...(everyMs !== undefined && { everyMs }),
  })
  const { data, error, isPlaceholderData, refetch } = page
  if (!data) return <Pending error={error} retry={() => void refetch()} />
  const before = cursors.length * limit
  if (data.items.length === 0 && before === 0) return <div className="empty muted">{empty}</div>
  return (
    <>
      <div className="table-wrap">
        <table
          className="table"
          aria-label={label}
          // -1: the server did not say how many there are.
          aria-rowcount={data.total === undefined ? -1 : data.total + 1}
          aria-busy={isPlaceholderData || undefined}
        >
          <thead>
            <tr aria-rowindex={1}>
              {columns.map((column) => (
                <Head key={column.key} column={column} sort={sort} onSort={setSort} />
              ))}
            </tr>
          </thead>
          <tbody>
            {data.items.map((item, i) => (
              <tr key={id(item)} aria-rowindex={before + i + 2}>
                {columns.map(({ key, cell, numeric }) => (
                  <td key={key} className={numeric ? 'num' : undefined}>
                    {cell(item)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {error && <Pending error={error} retry={() => void refetch()} />}
      {(before > 0 || data.next !== null) && (
        <nav className="pager" aria-label={t('table.pages', { table: label })}>
          <Range first={before + 1} last={before + data.items.length} total={data.total} />
          <Button off={before === 0} onPress={() => setCursors(cursors.slice(0, -1))}>
            {t('table.before')}
          </Button>
          <Button
            off={data.next === null || isPlaceholderData}
            onPress={() => data.next !== null && setCursors([...cursors, data.next])}
          >
            {t('table.next')}
          </Button>
        </nav>
      )}
    </>
  )
}

interface HeadProps<T> {
  column: Column<T>
  sort: string | undefined
  onSort: (sort: string | undefined) => void
}

function Head<T>({ column: { head, numeric, sort: by, width }, sort, onSort }: HeadProps<T>) {
  const name = numeric ? 'num' : undefined
  const style = width === undefined ? undefined : { width }
  if (by === undefined)
    return (
      <th scope="col" className={name} style={style}>
        {head}
      </th>
    )
  return (
    <th scope="col" className={name} style={style} aria-sort={sort === by ? 'other' : 'none'}>
      <button type="button" className="sort" onClick={() => onSort(sort === by ? undefined : by)}>
        {head}
      </button>
    </th>
  )
}

function Range({ first, last, total }: { first: number; last: number; total: number | undefined }) {
  const { t } = useTranslation()
  const format = useFormat()
  const range = `${format.number(first)}–${format.number(last)}`
  return (
    <span className="note" role="status">
      {total === undefined ? range : t('table.of', { range, total: format.number(total) })}
    </span>
  )
}
