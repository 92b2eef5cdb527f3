import { buildModel, type ModelSpec, node, type TensorDeclaration, weights } from './onnx-builder.ts'

const value = (
  name: string,
  type: TensorDeclaration['type'] = 'float32',
  shape: (number | string)[] = ['n', 2],
): TensorDeclaration => ({ name, type, shape })

const model = (changes: Partial<ModelSpec>): Buffer =>
  buildModel({
    inputs: [value('x')],
    outputs: [value('y')],
    nodes: [node('Identity', ['x'], ['y'])],
    ...changes,
  })
const passing = (type: TensorDeclaration['type']) =>
  model({ inputs: [value('x', type)], outputs: [value('y', type)], opset: 16 })

/** Models that no session can be made of, or none that could be fed or read. What each is, its bytes, and the sentence. */
export const brokenModels: [what: string, bytes: Buffer, sentence: string][] = [
  [
    'an operator that does not exist',
    model({ nodes: [node('Frobnicate', ['x'], ['y'])] }),
    'operator set 13 has no operator "Frobnicate": export the model again with operators of ONNX, in an operator set that has them',
  ],
  [
    'an operator that was withdrawn',
    model({ nodes: [node('Upsample', ['x'], ['y'])] }),
    'operator set 13 no longer has the operator "Upsample": export the model again with a newer converter',
  ],
  [
    'an operator of an extension',
    model({ nodes: [{ ...node('Foo', ['x'], ['y']), domain: 'com.acme' }], domains: { 'com.acme': 1 } }),
    'onnxruntime has no operator "Foo" of "com.acme": export the model again without what needs an extension',
  ],
  [
    'an operator of an extension that is not declared',
    model({ nodes: [{ ...node('Foo', ['x'], ['y']), domain: 'com.acme' }] }),
    'its operator "Foo" is of "com.acme", and the model does not say of which version: export the model again without what needs an extension',
  ],
  [
    'an operator set of the future',
    model({ opset: 99 }),
    'it was made with operator set 99; this onnxruntime knows up to 26: export the model with operator set 26 or older',
  ],
  [
    'an operator set of ai.onnx.ml of the future',
    model({ domains: { 'ai.onnx.ml': 99 } }),
    'it was made with operator set 99 of "ai.onnx.ml"; this onnxruntime knows up to 5: export the model with operator set 5 or older',
  ],
  [
    'a form of the future',
    model({ irVersion: 99 }),
    "it is stored in version 99 of ONNX's form (IR); this onnxruntime knows up to 13: save it with an older onnx package",
  ],
  [
    'a graph that goes in a circle',
    model({
      nodes: [node('Add', ['x', 'b'], ['a']), node('Relu', ['a'], ['b']), node('Identity', ['b'], ['y'])],
    }),
    'its graph goes in a circle: Relu → Add → Relu',
  ],
  [
    'a value that nothing makes',
    model({ nodes: [node('Add', ['x', 'z'], ['y'])] }),
    'its node Add takes "z", which nothing in the graph makes',
  ],
  [
    'an output that nothing makes',
    model({ outputs: [value('y'), value('q')] }),
    'nothing in its graph makes the output "q"',
  ],
  ['no output', model({ outputs: [] }), 'its graph has no output: name what it answers when it is exported'],
  ['two outputs of one name', model({ outputs: [value('y'), value('y')] }), 'it names two outputs "y"'],
  [
    'two inputs of one name',
    model({ inputs: [value('x'), value('x')] }),
    'two values of its graph have the name "x"',
  ],
  [
    'two values of one name',
    model({ nodes: [node('Identity', ['x'], ['y']), node('Relu', ['x'], ['y'])] }),
    'two values of its graph have the name "y"',
  ],
  [
    'complex numbers',
    passing('complex64'),
    'input "x" takes complex64, which cannot be given to it: export the model with tensors of numbers or texts',
  ],
  [
    'bfloat16',
    passing('bfloat16'),
    'input "x" takes bfloat16, which cannot be given to it: export the model with tensors of numbers or texts',
  ],
  [
    'a sparse tensor',
    passing('sparse'),
    'input "x" takes a sparse tensor, which cannot be given to it: export the model with tensors of numbers or texts',
  ],
  [
    'an optional value',
    passing('optional'),
    'input "x" takes an optional value, which cannot be given to it: export the model with tensors of numbers or texts',
  ],
  [
    'a sequence',
    passing('sequence'),
    'input "x" takes a sequence, which cannot be given to it: export the model with tensors of numbers or texts',
  ],
  [
    'an input without a name',
    model({ inputs: [value('')], nodes: [node('Identity', [''], ['y'])] }),
    'one of its inputs has no name',
  ],
  [
    'maps only, of which something else is made',
    model({
      outputs: [value('y', 'sequence', [])],
      nodes: [node('SequenceConstruct', ['x'], ['y'])],
    }),
    'none of its outputs is a tensor: "y" is a sequence; export it with tensors as outputs',
  ],
  [
    'types that do not fit',
    model({
      weights: [{ name: 'w', type: 'int64', dims: [1], data: [1] }],
      nodes: [node('Add', ['x', 'w'], ['y'])],
    }),
    'its node Add is given float32 and int64, which must be the same',
  ],
  [
    'a type that an operator does not take',
    model({ inputs: [value('x', 'int8')], nodes: [node('Sin', ['x'], ['y'])] }),
    'its node Sin does not take int8 (of "x")',
  ],
  [
    'an output declared as another type',
    model({ outputs: [value('y', 'int64')] }),
    '"y" is declared as int64, and is float32',
  ],
  [
    'an unknown attribute',
    model({ nodes: [node('Softmax', ['x'], ['y'], { axiss: { i: 1 } })] }),
    'its operator "Softmax" has an attribute "axiss" that it does not know: export the model again',
  ],
  [
    'a missing attribute',
    model({ nodes: [node('Cast', ['x'], ['y'])] }),
    'its node Cast lacks the attribute "to"',
  ],
  [
    'too few inputs of an operator',
    model({ nodes: [node('Add', ['x'], ['y'])] }),
    'its node Add has 1 input, and must have 2',
  ],
  [
    'shapes that do not fit',
    model({ weights: [weights('w', [3, 1], [1, 2, 3])], nodes: [node('MatMul', ['x', 'w'], ['y'])] }),
    'the shapes or types do not fit in its node MatMul: incompatible dimensions for matrix multiplication',
  ],
  [
    'an operator whose attributes are empty',
    model({
      nodes: [{ ...node('Scaler', ['x'], ['y']), domain: 'ai.onnx.ml' }],
      domains: { 'ai.onnx.ml': 1 },
    }),
    'Empty scale in attributes',
  ],
]
