import { type Dtype, featuresOf, type InputTensor, largestOf, wholeRange } from './input-tensor.ts'
import type { Feature } from './manifest.ts'

/** Numbers that a manifest names and a tensor cannot hold: they would enter it as something else, and nobody would know. */

/** Why a number is not itself in a tensor of this type; undefined where it is. */
function whyNoFit(x: number, dtype: Dtype): string | undefined {
  const whole = wholeRange(dtype)
  if (whole && !Number.isInteger(x)) return `${dtype} holds whole numbers`
  if (whole && (x < whole.min || x > whole.max)) return `${dtype} reaches from ${whole.min} to ${whole.max}`
  return Math.abs(x) > largestOf(dtype) ? `it is more than ${dtype} can hold` : undefined
}

/** A category's codes and what stands for a null, in each tensor that the feature enters. */
export function unfitNumbers({ name, codes, fill }: Feature, tensors: readonly InputTensor[]): string[] {
  const named: [string, number][] = Object.entries(codes ?? {}).map(([word, n]) => [
    `the code of "${word}"`,
    n,
  ])
  if (typeof fill === 'number') named.push(['"fill"', fill])
  const dtypes = tensors.filter((t) => featuresOf(t).includes(name)).map(({ dtype }) => dtype)
  return named.flatMap(([what, x]) => {
    const why = dtypes.map((dtype) => (dtype === 'string' ? undefined : whyNoFit(x, dtype))).find(Boolean)
    return why ? [`inputs.features: "${name}": ${what} is ${x}, and ${why}`] : []
  })
}

/** A constant larger than this is no setting but data. */
const maxConstantValues = 1_000_000

export function unfitConstant(tensor: Extract<InputTensor, { kind: 'constant' }>): string[] {
  const where = `inputs.tensors: "${tensor.name}"`
  const { value, dtype, shape } = tensor
  const is = typeof value
  const wanted = dtype === 'string' ? 'string' : dtype === 'bool' ? 'boolean' : 'number'
  if (is !== wanted) return [`${where} is ${dtype}, and its value is a ${is}`]
  const size = shape.reduce<number>((product, dim) => product * (dim === 'rows' ? 1 : dim), 1)
  if (size > maxConstantValues)
    return [`${where}: its shape holds ${size} values, more than ${maxConstantValues}`]
  const why = typeof value === 'number' ? whyNoFit(value, dtype) : undefined
  return why ? [`${where}: its value is ${value}, and ${why}`] : []
}

/** What the darkest and the brightest pixel become. */
export function unfitPixels(tensor: Extract<InputTensor, { kind: 'image' }>): string[] {
  const { dtype, scale = 1, mean = [0], std = [1] } = tensor
  const whole = wholeRange(dtype)
  if (!whole) return []
  for (let c = 0; c < Math.max(mean.length, std.length); c++) {
    const [m, s] = [mean[c] ?? 0, std[c] ?? 1]
    const ends = [-m / s, (255 * scale - m) / s] as const
    if (ends.some((x) => x < whole.min || x > whole.max) || Math.abs(ends[1] - ends[0]) < 2)
      return [
        `inputs.tensors: "${tensor.name}": "scale", "mean" and "std" turn pixels into ${ends[0]} to ${ends[1]}, and ${dtype} holds whole numbers from ${whole.min} to ${whole.max}`,
      ]
  }
  return []
}
