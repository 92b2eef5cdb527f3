/** What a file that is no ONNX model is, by its first bytes; undefined where nothing is recognised. At least 512 bytes help. */
export function sniff(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'it is empty'
  const latin = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).toString('latin1')
  for (const [is, what] of signatures) if (is(latin)) return what
  return undefined
}

const exportFirst = 'export it to ONNX first'
const starts = (prefix: string) => (text: string) => text.startsWith(prefix)
const at = (offset: number, magic: string) => (text: string) => text.startsWith(magic, offset)

/** In this order; the first that fits is the answer. */
const signatures: readonly [is: (latin: string) => boolean, what: string][] = [
  [
    starts('version https://git-lfs'),
    'it is a Git-LFS pointer, not the file itself: run "git lfs pull" and take the file that it points to',
  ],
  [
    (text) => /^\s*(?:\xef\xbb\xbf)?\s*(?:<!--|<!doctype\s+html|<html|<head|<body)/i.test(text),
    'it is a web page (HTML): the download gave a page instead of the file',
  ],
  [
    (text) => /^\s*(?:\xef\xbb\xbf)?\s*<\?xml/i.test(text),
    'it is an XML document (an OpenVINO or PMML model?): export the model to ONNX instead',
  ],
  [
    (text) => text.startsWith('PK\x03\x04') && /data\.pkl|archive\/|\/version/.test(text),
    `it is a PyTorch file (a zip archive): ${exportFirst} (torch.onnx.export)`,
  ],
  [
    (text) => text.startsWith('PK\x03\x04') && /config\.json|metadata\.json|model\.weights/.test(text),
    `it is a Keras file (a zip archive): ${exportFirst} (tf2onnx)`,
  ],
  [
    starts('PK'),
    'it is a zip archive (PyTorch and Keras save their models so): export the model to ONNX first, or unpack the archive if it holds one',
  ],
  [starts('\x1f\x8b'), 'it is compressed with gzip: unpack it first'],
  [starts('\x28\xb5\x2f\xfd'), 'it is compressed with zstd: unpack it first'],
  [starts('\xfd7zXZ'), 'it is compressed with xz: unpack it first'],
  [starts('7z\xbc\xaf'), 'it is a 7z archive: unpack it first'],
  [at(257, 'ustar'), 'it is a tar archive: unpack it first'],
  [starts('\x89HDF\r\n'), `it is an HDF5 file (Keras): ${exportFirst} (tf2onnx)`],
  [at(4, 'TFL3'), `it is a TensorFlow Lite model: ${exportFirst} (tf2onnx)`],
  [starts('GGUF'), 'it is a GGUF language model: that is no ONNX model'],
  [
    (text) => /^[\s\S]{8}\{\s*"/.test(text),
    `it is a safetensors file, weights without a graph: ${exportFirst}`,
  ],
  [
    (text) => text[0] === '\x80' && text > '\x80\x02' && text < '\x80\x06',
    `it is a Python pickle (joblib, scikit-learn, PyTorch): ${exportFirst} (skl2onnx, torch.onnx.export)`,
  ],
  [
    (text) => text[0] === 'x' && '\x01\x5e\x9c\xda'.includes(text[1] ?? ' '),
    'it is compressed with zlib (joblib does so): export the model to ONNX first',
  ],
  [(text) => /^\s*(?:\xef\xbb\xbf)?\s*[{[]/.test(text), 'it is JSON: an ONNX model is a binary file'],
  [(text) => /^\0+$/.test(text), 'it holds nothing but zeros: the copy or the download was not finished'],
  [(text) => /^[\t\n\r\x20-\x7e]+$/.test(text), 'it is a text file: an ONNX model is a binary file'],
]

/** Whether a file is a model in onnxruntime's own format (.ort), by the identifier of its flatbuffer. */
export const isOrt = (head: Uint8Array): boolean =>
  head.length >= 8 && Buffer.from(head.subarray(4, 8)).toString('latin1') === 'ORTM'

/** Why a file in that format is damaged, as far as its first bytes tell: its root table must lie in it, and before its end. */
export function ortProblem(head: Uint8Array, size: number): string | undefined {
  const root = new DataView(head.buffer, head.byteOffset).getUint32(0, true)
  return root < 8 || root + 4 > size
    ? 'its first bytes point behind its end: it is cut short or damaged'
    : undefined
}
