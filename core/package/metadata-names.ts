/** Feature names out of an ONNX model's metadata: a JSON list, or words between commas or line ends. */
export function namesInMetadata(
  metadata: Readonly<Record<string, string>>,
  keys: readonly string[],
): string[] | undefined {
  for (const key of keys) {
    const text = Object.hasOwn(metadata, key) ? metadata[key]?.trim() : undefined
    if (!text) continue
    const parsed = text.startsWith('[') ? jsonList(text) : text.split(/\r?\n|,/).map((name) => name.trim())
    if (parsed && parsed.length > 0 && parsed.every((name) => name !== '')) return parsed
  }
  return undefined
}

/** Python's `str(list)` uses single quotes; that is not JSON, but what people store. */
function jsonList(text: string): string[] | undefined {
  for (const candidate of [text, text.replaceAll("'", '"')]) {
    try {
      const value: unknown = JSON.parse(candidate)
      if (Array.isArray(value)) return value.map(String)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
  }
  return undefined
}

export const featureNameKeys = [
  'feature_names',
  'features',
  'feature_names_in_',
  'input_features',
  'columns',
  'column_names',
]
export const classNameKeys = ['classes', 'class_names', 'labels', 'class_labels', 'classlabels']
