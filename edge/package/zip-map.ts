import type { GraphMessage, NodeMessage } from './onnx-proto.ts'

/** An output of ZipMaps (a sequence of maps) that can be a table of numbers, a column for each class. */
export interface ZipMapOutput {
  output: string
  /** The classes' names in the order of the columns; numbers are written as such. */
  classes: string[]
}

export interface ZipMapPlan {
  outputs: (ZipMapOutput & {
    /** The table that the ZipMap takes. */
    table: string
  })[]
  /** Places in the graph's list of nodes that fall away. */
  dropped: Set<number>
  /** The values that they made, the outputs among them. */
  values: Set<string>
}

const mlDomain = 'ai.onnx.ml'
const classifiers = new Set(['TreeEnsembleClassifier', 'LinearClassifier', 'SVMClassifier'])
const isZipMap = ({ opType, domain }: NodeMessage) => opType === 'ZipMap' && domain === mlDomain
const isIdentity = ({ opType, domain }: NodeMessage) =>
  opType === 'Identity' && (!domain || domain === 'ai.onnx')

/**
 * What is to be done so that a graph's outputs that come from a ZipMap (ONNX's ai.onnx.ml, as the converters of
 * scikit-learn, LightGBM and XGBoost write it), directly or through Identity, are the tables that the ZipMap takes.
 * A ZipMap of which something else is made stays as it is.
 */
export function planZipMaps(graph: GraphMessage): ZipMapPlan {
  const nodes = graph.node ?? []
  const makers = makersOf(nodes)
  const found = (graph.output ?? []).flatMap(({ name = '' }) => {
    const chain = chainTo(name, nodes, makers)
    const zip = nodes[chain.at(-1) ?? -1]
    const table = zip?.input?.[0]
    const classes = zip ? labelsOf(zip) : []
    return table && classes.length > 0 ? [{ output: { output: name, classes, table }, chain }] : []
  })
  const chained = new Set(found.flatMap(({ chain }) => chain))
  const used = new Set<string>()
  for (const [at, node] of nodes.entries()) {
    if (!chained.has(at)) for (const value of node.input ?? []) used.add(value)
    for (const value of namesInside(node)) used.add(value)
  }
  const valuesOf = (at: number) => nodes[at]!.output ?? []
  const kept = new Set(
    found.filter(({ chain }) => chain.flatMap(valuesOf).some((value) => used.has(value))).map(zipOf),
  )
  const free = found.filter((one) => !kept.has(zipOf(one)))
  const dropped = new Set(free.flatMap(({ chain }) => chain))
  return {
    outputs: free.map(({ output }) => output),
    dropped,
    values: new Set([...dropped].flatMap(valuesOf)),
  }
}

/** Which node makes a value, by its place. */
export function makersOf(nodes: readonly NodeMessage[]): Map<string, number> {
  const makers = new Map<string, number>()
  for (const [at, { output = [] }] of nodes.entries())
    for (const value of output) if (value !== '') makers.set(value, at) // an output that is left out has no name
  return makers
}

const zipOf = ({ chain }: { chain: number[] }) => chain.at(-1)!

/** The nodes from the one that makes a value back to its ZipMap; none where it comes from elsewhere. */
function chainTo(
  value: string,
  nodes: readonly NodeMessage[],
  makers: ReadonlyMap<string, number>,
): number[] {
  const chain: number[] = []
  for (let at = makers.get(value); at !== undefined && !chain.includes(at); ) {
    chain.push(at)
    const node = nodes[at]!
    if (isZipMap(node)) return chain
    if (!isIdentity(node)) return []
    at = makers.get(node.input?.[0] ?? '')
  }
  return []
}

/** What graphs inside a node name. */
function* namesInside({ attribute = [] }: NodeMessage): Generator<string> {
  for (const { g, graphs = [] } of attribute)
    for (const graph of g ? [g, ...graphs] : graphs) {
      for (const { name = '' } of graph.output ?? []) yield name
      for (const node of graph.node ?? []) {
        yield* node.input ?? []
        yield* namesInside(node)
      }
    }
}

/**
 * The names of the classes, where the graph has one list of them: its ZipMaps', else its classifiers' (`classlabels_…`
 * of ai.onnx.ml's TreeEnsembleClassifier, LinearClassifier and SVMClassifier).
 */
export function classLabelsOf({ node: nodes = [] }: GraphMessage): string[] | undefined {
  const zipMaps = nodes.filter(isZipMap)
  const sources = zipMaps.length > 0 ? zipMaps : nodes.filter(isClassifier)
  const lists = new Map(
    sources.map((node) => labelsOf(node)).map((labels) => [JSON.stringify(labels), labels] as const),
  )
  lists.delete('[]')
  return lists.size === 1 ? [...lists.values()][0] : undefined
}

const isClassifier = ({ opType = '', domain }: NodeMessage) => domain === mlDomain && classifiers.has(opType)

/** A node has labels of one kind; skim.ts keeps no other numbers and texts. */
function labelsOf({ attribute = [] }: NodeMessage): string[] {
  for (const { name, ints, strings } of attribute) {
    if (!name?.startsWith('classlabels_')) continue
    if (strings?.length) return strings.map((text) => Buffer.from(text).toString('utf8'))
    if (ints?.length) return ints.map(String)
  }
  return []
}
