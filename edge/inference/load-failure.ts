/**
 * onnxruntime's errors name source files, C++ signatures and its own words for types. Here they become one sentence:
 * what, why and, where it can be known, what next. What is not recognised is stripped and cut short.
 */

type Rule = [pattern: RegExp, words: (...groups: string[]) => string]

const exportAgain = 'export the model again'
const node = (name: string | undefined, op: string | undefined) => (name ? `"${name}" (${op})` : `${op}`)
const domainOf = (domain: string) => (domain === 'ai.onnx' || domain === '' ? '' : ` of "${domain}"`)

/** onnxruntime 1.30's; the first that fits is the answer. Types are named as Edgewright names them beforehand. */
const loading: readonly Rule[] = [
  [
    /Opset (\d+) is under development.*support for domain (\S+) is till opset (\d+)/,
    (set = '', domain = '', known = '') =>
      `it was made with operator set ${set}${domainOf(domain)}; this onnxruntime knows up to ${known}: export the model with operator set ${known} or older`,
  ],
  [
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    (version, known) =>
      `it is stored in version ${version} of ONNX's form (IR); this onnxruntime knows up to ${known}: save it with an older onnx package`,
  ],
  [
    /No Op registered for (\S+) with domain_version of (\d+)/,
    (op, set) =>
      `operator set ${set} has no operator "${op}": ${exportAgain} with operators of ONNX, in an operator set that has them`,
  ],
  [
    /Op registered for (\S+) is deprecated in domain_version of (\d+)/,
    (op, set) =>
      `operator set ${set} no longer has the operator "${op}": ${exportAgain} with a newer converter`,
  ],
  [
    /(?:^|[\s])([^\s:]*):(\S+?)\((?:-?\d+)\) is not a registered function\/op/,
    (domain = '', op) =>
      `onnxruntime has no operator "${op}"${domainOf(domain)}: ${exportAgain} without what needs an extension`,
  ],
  [
    /In Node, \("[^"]*", ([^,]+), .*No opset import for domain '([^']*)'/,
    (op, domain) =>
      `its operator "${op}" is of "${domain}", and the model does not say of which version: ${exportAgain} without what needs an extension`,
  ],
  [
    /Could not find an implementation for ([^\s(]+)\((\d+)\) node with name '([^']*)'/,
    (op, set, name) =>
      `onnxruntime cannot run ${node(name, op)} of operator set ${set} with the types that it is given: ${exportAgain} with float32`,
  ],
  [/the graph is not acyclic/, () => 'its graph goes in a circle'],
  [
    /Duplicate definition(?:-site for| of name) \(([^)]*)\)/,
    (name) => `two values of its graph have the name "${name}"`,
  ],
  [
    /two nodes with same node name \(([^)]*)\)/,
    (name) => `two nodes of its graph have the name "${name}": ${exportAgain}`,
  ],
  [
    /Node input '([^']*)' is not a graph input, initializer/,
    (name) => `its graph takes "${name}", which nothing in it makes`,
  ],
  [/Graph output \(([^)]*)\) does not exist/, (name) => `nothing in its graph makes the output "${name}"`],
  [
    /Optype \(([^)]*)\) bound to different types \((\S+) and (\S+?)\)? in node \(([^)]*)\)/,
    (op, a, b, name) => `its node ${node(name, op)} is given ${a} and ${b}, which must be the same`,
  ],
  [
    /Type '([^']*)' of input parameter \(([^)]*)\) of operator \(([^)]*)\) in node \(([^)]*)\) is invalid/,
    (type, input, op, name) => `its node ${node(name, op)} does not take ${type} (of "${input}")`,
  ],
  [
    /Type \((\S+?)\) of output arg \(([^)]*)\) of node \(([^)]*)\) does not match expected type \((\S+?)\)/,
    (declared, output, _name, found) => `"${output}" is declared as ${declared}, and is ${found}`,
  ],
  [
    /Unrecognized attribute: (\S+) for operator (\S+)/,
    (attribute, op) =>
      `its operator "${op}" has an attribute "${attribute}" that it does not know: ${exportAgain}`,
  ],
  [
    /In Node, \("([^"]*)", ([^,]+), .*Required attribute '([^']*)' is missing/,
    (name, op, attribute) => `its node ${node(name, op)} lacks the attribute "${attribute}"`,
  ],
  [
    /In Node, \("([^"]*)", ([^,]+), .* has (input|output) size (\d+) not in range \[min=(\d+), max=(\d+)\]/,
    (name, op, what, has, least, most) =>
      `its node ${node(name, op)} has ${has} ${what}${has === '1' ? '' : 's'}, and must have ${least === most ? least : `${least} to ${most}`}`,
  ],
  [
    /Node \(([^)]*)\) Op \(([^)]*)\) \[(?:Shape|Type)InferenceError\]\s*(.*)/,
    (name, op, why = '') =>
      `the shapes or types do not fit in its node ${node(name, op)}: ${short(lower(why))}`,
  ],
  [
    /ORT (?:format )?model verification failed|protobuf parsing failed/i,
    () => 'it is cut short or damaged: copy it again',
  ],
  [
    /The ORT format model version \[(\S+?)\] is not supported in this build (\d[\d.]*\d)/,
    (version, build) =>
      `it is in version ${version} of the format .ort, which onnxruntime ${build} does not read: make it again from the .onnx with this onnxruntime`,
  ],
  [
    /External data path validation failed for initializer: (\S+?)\. /,
    (name) => `its weights "${name}" lie outside the file and cannot be read from there`,
  ],
  [
    /External initializer: (\S+) offset: \d+ size to read: \d+ given file_length: (\d+) are out of bounds/,
    (name, bytes) =>
      `its weights "${name}" lie in another file, which is too short for them (${bytes} bytes): copy it again`,
  ],
  [
    /Deserialize tensor (\S+) failed\..*source and destination buffer size mismatch/,
    (name) => `its weights "${name}" are not as many bytes as their shape says: copy it again`,
  ],
  [
    /Failed to construct locale with name:([^\s:]+)/,
    (locale) =>
      `it compares words by the rules of "${locale}", which this machine lacks: install that locale, or export the model with the locale "C"`,
  ],
  [
    /MLDataType for: (\S+) is not currently registered/,
    (type) => `one of its values is ${type}, which onnxruntime does not take: ${exportAgain} with float32`,
  ],
  [
    /Unsupported data type: (\d+)/,
    (type) =>
      `one of its inputs or outputs is of ${type === '16' ? 'bfloat16' : `element type ${type}`}, which cannot be given to it: ${exportAgain} with float32`,
  ],
  [
    /Failed to allocate memory for requested buffer of size (\d+)/,
    (bytes) => `there is not enough memory: it asked for ${Math.ceil(Number(bytes) / 2 ** 20)} MB at once`,
  ],
  [
    /Failed to get a WebGPU adapter/,
    () => 'no WebGPU device was found: there is no graphics driver that answers',
  ],
  [
    /OrtSessionOptionsAppendExecutionProvider_(\w+): Failed to load shared library/,
    (name) =>
      `the library of ${name === 'Cuda' ? 'CUDA' : name} is missing, or what it needs cannot be loaded`,
  ],
  [/\[(\w+)\] backend not found/, (name) => `this build of onnxruntime has no "${name}"`],
  [/bad_alloc|bad allocation/, () => 'there is not enough memory for it'],
]

const running: readonly Rule[] = [
  [
    /Got invalid dimensions for input: (\S+) for the following indices\s+index: (\d+) Got: (\d+) Expected: (\d+)/,
    (input, axis, got, expected) =>
      `input "${input}" takes ${expected} in axis ${axis}, and was given ${got}`,
  ],
  [
    /Invalid rank for input: (\S+) Got: (\d+) Expected: (\d+)/,
    (input, got, expected) => `input "${input}" takes ${expected} axes, and was given ${got}`,
  ],
  [
    /Unexpected input data type\. Actual: \((\S+?)\) , expected: \((\S+?)\)/,
    (got, expected) => `one of its inputs takes ${expected}, and was given ${got}`,
  ],
  [
    /Failed to allocate memory for requested buffer of size (\d+)/,
    (bytes) => `there is not enough memory: it asked for ${Math.ceil(Number(bytes) / 2 ** 20)} MB at once`,
  ],
  [
    /running (\S+) node\. Name:'([^']*)' Status Message: (.*)/,
    (op, name, why = '') => `its node ${node(name, op)} failed: ${short(lower(stripped(why)))}`,
  ],
]

/** Why onnxruntime would not load a model, in one sentence; other texts come back stripped and at most 240 characters long. */
export const loadFailureInWords = (text: string): string => inWords(text, loading)

/** Why a model that is loaded would not run, likewise. */
export const runFailureInWords = (text: string): string => inWords(text, running)

function inWords(text: string, rules: readonly Rule[]): string {
  const line = text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(
      /tensor\((\w+)\)/g,
      (_, type: string) => ({ float: 'float32', double: 'float64' })[type] ?? type,
    )
    .trim()
  for (const [pattern, words] of rules) {
    const found = pattern.exec(line)
    if (found) return words(...found.slice(1))
  }
  return short(stripped(line))
}

/** Without source files, signatures and prefixes that say nothing. */
const stripped = (text: string): string =>
  text
    .replace(/^.* was false\. /, '')
    .replaceAll(
      /\/\S*\.(?:cc|h):\d+ [^()]*\((?:[^()]|\([^()]*\))*\)(?: const)?(?:::<lambda\([^)]*\)>)?(?: \[with [^\]]*\])? /g,
      '',
    )
    .replaceAll(/[\w-]+\.(?:cc|h):\d+ \w+ /g, '')
    .replace(
      /^(?:Error: |Fatal error: |Exception during \w+: |This is an invalid model\. |Load model from \S+ failed:\s*)+/,
      '',
    )
    .trim()

const longest = 240
const short = (text: string) => {
  const whole = text.trim().replace(/\.$/, '')
  return whole.length <= longest ? whole : `${whole.slice(0, longest - 1).trimEnd()}…`
}
const lower = (text: string) => (/^[A-Z][a-z]*\b/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text)
