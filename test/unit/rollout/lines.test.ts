import { expect, it } from 'vitest'
import {
  type Lines,
  linesWhenDone,
  linesWhenTakenBack,
  type Said,
  type SiteMachine,
} from '#central/rollout/lines.ts'

const said = (version: string): Said => ({ version, digest: version, activate: 'at-once' })
const [old, to] = [said('1.0.0'), said('1.1.0')]
/** `many('m', 3, …)`: m1, m2, m3. */
const many = (name: string, n: number, wanted: SiteMachine['wanted'], groups: string[] = []): SiteMachine[] =>
  Array.from({ length: n }, (_, k) => ({ device: `${name}${k + 1}`.padEnd(16, '-'), wanted, groups }))
const own = (name: string) => `device-${name.padEnd(16, '-')}`
const shown = (lines: Lines | undefined) =>
  lines && Object.fromEntries([...lines].map(([group, one]) => [group ?? 'site', one.version]))
const ownLines = (machines: readonly SiteMachine[]): [string, Said][] =>
  machines.map(({ device }) => [`device-${device}`, to])

it.each<[string, [string | null, Said][], SiteMachine[], object]>([
  ['all of it', [[null, old]], many('m', 5, to), { site: '1.1.0' }],
  [
    'one in ten differs',
    [[null, old]],
    [...many('m', 9, to), ...many('x', 1, old)],
    { site: '1.1.0', [own('x1')]: '1.0.0' },
  ],
  [
    'two in ten differ',
    [[null, old]],
    [...many('m', 2, to), ...many('x', 8, old)],
    { site: '1.0.0', [own('m1')]: '1.1.0', [own('m2')]: '1.1.0' },
  ],
  [
    'one is to be told nothing, which no line can say',
    [],
    [...many('m', 2, to), ...many('x', 1, null)],
    { [own('m1')]: '1.1.0', [own('m2')]: '1.1.0' },
  ],
  [
    'all of a group, beside others that are told nothing',
    [],
    [...many('m', 3, to, ['lathe']), ...many('x', 9, null, ['press'])],
    { lathe: '1.1.0' },
  ],
  [
    'a group of which one differs',
    [['lathe', old]],
    [...many('m', 2, to, ['lathe']), ...many('x', 1, old, ['lathe']), ...many('y', 2, null)],
    { lathe: '1.0.0', [own('m1')]: '1.1.0', [own('m2')]: '1.1.0' },
  ],
  [
    'a group whose line says the old version, and all of the site the new one',
    [
      [null, old],
      ['lathe', old],
    ],
    [...many('m', 2, to, ['lathe']), ...many('x', 2, to)],
    { site: '1.1.0' },
  ],
  [
    'a machine that is told what the site says, and one that nobody knows',
    [[own('z'), old]],
    [...many('m', 3, to), ...many('w', 1, undefined)],
    { site: '1.1.0', [own('z')]: '1.0.0' },
  ],
])('says it once it stands: %s', (_name, before, machines, lines) => {
  const there = new Map([...before, ...ownLines(machines.filter(({ wanted }) => wanted === to))])
  expect(shown(linesWhenDone(there, machines, to))).toEqual(lines)
})

it('says after an abort what was said before, also where it had become the line of the site', () => {
  const [stays, goes] = [many('m', 1, to), many('x', 4, old)]
  expect(
    shown(linesWhenTakenBack(new Map([[null, old], ...ownLines(stays)]), [...stays, ...goes], to)),
  ).toEqual({ site: '1.0.0', [own('m1')]: '1.1.0' })
  expect(shown(linesWhenTakenBack(new Map([[null, to]]), [...stays, ...goes], to))).toEqual({
    site: '1.0.0',
    [own('m1')]: '1.1.0',
  })
  expect(shown(linesWhenTakenBack(new Map([[null, to]]), many('x', 4, null), to))).toEqual({})
})
