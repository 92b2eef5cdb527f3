import { useFormat } from '../words.ts'

/** As `format.bytes`, and in KB below one MB: metadata and small models are. */
export function useSize(): (bytes: number) => string {
  const format = useFormat()
  return (bytes) =>
    bytes < 1024 ** 2 ? `${format.number(Math.ceil(bytes / 1024))}\u00a0KB` : format.bytes(bytes)
}
