import type { FedImages, FedTensor } from '#edge/inference/lane.ts'

/** What an input is fed with, where that is numbers. @throws where it is images, texts or nothing */
export function numbersOf(fed: FedTensor | FedImages | undefined): {
  data: Float32Array | Float64Array
  width: number
} {
  if (!fed || 'images' in fed || Array.isArray(fed.data)) throw new Error('it is not fed with numbers')
  return { data: fed.data, width: fed.width }
}
