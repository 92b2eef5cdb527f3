import type { ErrorCode } from '#core/contracts/errors.ts'

/** What each folder of test/zoo/broken is refused with: when, as what, and the words that name what is wrong. */
export interface Refusal {
  at: 'new' | 'pack'
  code: ErrorCode
  says: RegExp
}

const model = (says: RegExp): Refusal => ({ at: 'new', code: 'model-refused', says })
const reference = (says: RegExp): Refusal => ({ at: 'new', code: 'reference-refused', says })

export const refusals: Record<string, Refusal> = {
  'all-missing': reference(/"flow" is not taken: empty/),
  'column-missing': reference(/"oil".*it has "flow"/),
  'complex-input': model(/"x" takes complex64/),
  csv: model(/a text file/),
  'cut-short': model(/cut short or damaged/),
  cycle: model(/in a circle: MatMul → Add → MatMul/),
  detections: model(/"selected" has shape \[20, 3\] for 1 rows/),
  'dies-at-load': model(/cannot be loaded: .*its process ended/),
  'dies-at-run': model(/cannot run: the model crashed.*its process ended/),
  empty: model(/it is empty/),
  gzip: model(/compressed with gzip/),
  hdf5: model(/HDF5 file \(Keras\)/),
  'id-out-of-table': model(/Gather failed.*idx=57/),
  'images-corrupt': { at: 'pack', code: 'reference-refused', says: /row 1 .*image cannot be decoded/ },
  'images-missing': reference(/"images\/00\.png" is not there/),
  'ir-version-99': model(/version 99 of ONNX's form/),
  'lfs-pointer': model(/Git-LFS pointer/),
  'map-input': model(/"x" takes a map/),
  'name-from-nowhere': model(/MatMul takes "nowhere", which nothing/),
  'name-twice': model(/two values .* the name "y"/),
  'never-a-number': { at: 'pack', code: 'model-refused', says: /"y" gives no finite number on any row/ },
  'never-ends': model(/cannot run: .*no answer within \d+ ms/),
  'no-inputs': model(/has no input/),
  'no-memory': model(/not enough memory: it asked for \d+ MB|took more memory/),
  'no-outputs': model(/has no output/),
  'no-rows': reference(/a header and no rows/),
  'only-a-sequence': model(/"parts" is a sequence/),
  'opset-99': model(/operator set 99; this onnxruntime knows up to \d+/),
  'ort-of-the-future': model(/version 9 of the format \.ort/),
  'output-type-lies': model(/"y" is declared as int64, and is float32/),
  pickle: model(/Python pickle/),
  pytorch: model(/PyTorch file/),
  safetensors: model(/safetensors file, weights without a graph/),
  'sparse-input': model(/"x" takes a sparse tensor/),
  tflite: model(/TensorFlow Lite/),
  'too-few-columns': reference(/"x" \[rows, 5\].*it has "flow", "pressure", "temperature"/),
  'types-differ': model(/MatMul is given float32 and float64/),
  'unknown-domain': model(/no operator "Score" of "com\.acme"/),
  'unknown-operator': model(/no operator "FancyAttention"/),
  'web-page': model(/web page \(HTML\)/),
  'weights-absolute': model(/"w".*absolute path/),
  'weights-cut-short': model(/"w" are not as many bytes as their shape says/),
  'weights-missing': model(/"w".*"weights\.bin": that file is not there/),
  'weights-offset': model(/"w".*60 bytes, and the model reads up to byte 4156/),
  'weights-outside': model(/"w".*leads out of the model's folder/),
  'weights-too-short': model(/"w".*too short for them \(20 bytes\)/),
  'width-lies': model(/cannot run: .*Reshape failed/),
  'words-among-numbers': reference(/"temperature" is not taken: words among numbers \("see log"\)/),
  zip: model(/zip archive/),
}
