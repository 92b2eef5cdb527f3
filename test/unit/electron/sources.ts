import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'vite'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** A node of the syntax tree (ESTree): what is read of it is checked where it is read. */
export type Node = { type: string } & Record<string, unknown>

export interface Source {
  path: string
  text: string
  nodes: Node[]
}

export function sourceOf(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const nodes: Node[] = []
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) visit(each)
    else if (typeof value === 'object' && value !== null) {
      if ('type' in value && typeof value.type === 'string') nodes.push(value as Node)
      for (const each of Object.values(value)) visit(each)
    }
  }
  visit(program)
  return { path, text, nodes }
}

/** Every source of the desktop app, parsed. */
export function realSources(): Source[] {
  const folder = join(root, 'electron')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) =>
      sourceOf(`electron/${name.replaceAll('\\', '/')}`, readFileSync(join(folder, name), 'utf8')),
    )
}

/** `a.b.c` of a callee or a member, as it stands; '' for what is computed. */
export function nameOf(value: unknown): string {
  const node = value as Node | null | undefined
  if (node?.type === 'Identifier' || node?.type === 'PrivateIdentifier') return String(node['name'])
  if (node?.type === 'ThisExpression') return 'this'
  if (node?.type === 'ChainExpression') return nameOf(node['expression'])
  if (node?.type !== 'MemberExpression') return ''
  const [left, right] = [nameOf(node['object']), nameOf(node['property'])]
  return left === '' ? right : `${left}.${right}`
}

/** Calls and constructions whose callee ends in this name. */
export function callsOf({ nodes }: Source, name: string): Node[] {
  return nodes.filter(
    ({ type, callee }) =>
      (type === 'CallExpression' || type === 'NewExpression') &&
      (nameOf(callee) === name || nameOf(callee).endsWith(`.${name}`)),
  )
}

/** The literal behind each property of an object; undefined where it is no literal. */
export function propertiesOf(value: unknown): Record<string, unknown> {
  const node = value as Node | undefined
  if (node?.type !== 'ObjectExpression') return {}
  const entries = (node['properties'] as Node[]).map((property) => {
    const given = property['value'] as Node | undefined
    return [nameOf(property['key']), given?.type === 'Literal' ? given['value'] : given] as const
  })
  return Object.fromEntries(entries)
}

/** The first argument where it is a text. */
export function firstText(call: Node): string | undefined {
  const [first] = (call['arguments'] ?? []) as Node[]
  return first?.type === 'Literal' && typeof first['value'] === 'string' ? first['value'] : undefined
}
