/**
 * What the outputs of each model of test/zoo mean, written by hand by who knows how the model was made: kind, what is applied
 * to it, and the classes where the model carries their names; the output that a decision reports first stands first. Outputs that
 * are not here are left out of a draft.
 */
export interface Meaning {
  kind: 'binary' | 'multiclass' | 'multilabel' | 'regression'
  activation: 'none' | 'softmax' | 'label'
  /** How many classes or values. */
  columns: number
  classes?: string[]
}

const value: Meaning = { kind: 'regression', activation: 'none', columns: 1 }
const values = (columns: number): Meaning => ({ ...value, columns })
const two: Meaning = { kind: 'binary', activation: 'none', columns: 2 }
const several = (columns: number): Meaning => ({ kind: 'multiclass', activation: 'none', columns })
const logits = (columns: number): Meaning => ({
  kind: columns === 2 ? 'binary' : 'multiclass',
  activation: 'softmax',
  columns,
})
const label = (columns: number): Meaning => ({
  kind: columns === 2 ? 'binary' : 'multiclass',
  activation: 'label',
  columns,
})
const labels = (columns: number): Meaning => ({ kind: 'multilabel', activation: 'none', columns })
const named = (meaning: Meaning, ...classes: string[]): Meaning => ({ ...meaning, classes })
const states = named(several(3), 'failing', 'healthy', 'worn')
const yesNo = named(two, '0', '1')
const zeroToTwo = named(several(3), '0', '1', '2')

export const meanings: Record<string, Record<string, Meaning>> = {
  'an-input-a-feature': { p: labels(3) },
  autoencoder: { reconstruction: values(5) },
  'boosting-tensors': { probabilities: zeroToTwo },
  'catboost-form': { probabilities: states },
  'columns-of-words': { output_probability: named(two, 'disease', 'none') },
  'every-output-type': { precise: logits(3) },
  'flags-and-counts': { p: two },
  'forest-words-zipmap': { output_probability: states },
  'forty-inputs': { y: logits(2) },
  'four-tasks': { state: several(3), hours_left: value, embedding: values(12) },
  'histogram-boosting-missing': { output_probability: yesNo },
  'holes-filled-in-graph': { y: logits(3) },
  'ids-and-numbers': { probabilities: two },
  'image-and-numbers': { probabilities: two },
  'image-bytes': { probabilities: several(3) },
  'image-channels-last': { logits: logits(3) },
  'image-colour-jpeg': { logits: logits(3) },
  'image-grey': { probabilities: several(3) },
  'input-with-default': { s: logits(3) },
  'int8-image-dynamic': { logits: logits(3) },
  'int8-qdq': { p: several(3) },
  'isolation-forest': { label: named(label(2), '-1', '1'), scores: value },
  // The nearest cluster, and the distances to all of them: the largest of these is no probability.
  'k-means': { label: named(label(3), '0', '1', '2'), scores: values(3) },
  'label-only': { label: named(label(4), '0', '1', '2', '3') },
  'lightgbm-regressor': { variable: value },
  'lightgbm-zipmap': { probabilities: yesNo },
  'linear-double-targets': { variable: values(2) },
  'logistic-double-zipmap': { output_probability: yesNo },
  'logistic-zipmap': { output_probability: yesNo },
  'mlp-eight-at-a-time': { probability: two },
  'mlp-external-data': { logits: logits(2) },
  'mlp-float16': { logits: logits(2) },
  'mlp-no-batch-axis': { y: value },
  'mlp-old-opset': { output: logits(2) },
  'mlp-one-at-a-time': { wear: value },
  'mlp-softmax': { probabilities: several(3) },
  'neighbours-zipmap': { output_probability: yesNo },
  'nothing-declared': { y: logits(3) },
  'odd-names': { output_probability: states },
  'ort-forest': { probabilities: several(3) },
  'ort-image': { probabilities: several(3) },
  'ort-int8': { p: several(3) },
  'ort-mlp': { probabilities: several(3) },
  'own-operators': { y: logits(3) },
  // skl2onnx writes no and yes of each label.
  'perceptron-two-labels': { probabilities: labels(4) },
  'sequence-beside-tensor': { s: logits(3) },
  'signal-in-a-cell': { probabilities: several(3) },
  'svc-columns': { sfailing: two, shealthy: two, sworn: two },
  'text-tfidf': { output_probability: named(two, 'fault', 'fine') },
  'threshold-as-input': { risk: two },
  'whole-numbers': { output_probability: zeroToTwo },
  'width-symbolic': { y: logits(3) },
  'window-gru-one': { rul: value },
  'window-lstm': { rul: value },
  'window-tcn-open': { rul: value },
  'window-transformer': { rul: value },
  'xgboost-classifier': { probabilities: zeroToTwo },
  'xgboost-regressor': { variable: value },
}

/**
 * Relative, where expect.json was written on another processor. u8 × s8 products saturate on x64 without VNNI and do not with it
 * (onnxruntime, "Quantize ONNX models", on U8S8), so that an int8 model may answer by a few steps of its scale differently; half
 * precision has 11 bits.
 */
export const tolerances: Record<string, number> = {
  'int8-qdq': 0.02,
  'int8-image-dynamic': 0.02,
  'ort-int8': 0.02,
  'mlp-float16': 0.002,
}
export const tolerance = 1e-5
