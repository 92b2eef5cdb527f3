import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contradictions } from '#core/contracts/contradictions.ts'
import { featuresOf } from '#core/contracts/input-tensor.ts'
import { manifestSchema } from '#core/contracts/manifest.ts'
import { baselineSchema, goldenSchema } from '#core/contracts/package.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { verifyGolden } from '#edge/package/golden.ts'
import { readPackage } from '#edge/package/read-package.ts'
import { csvOf, draft, edit, packageOf, packDraft, workFolder } from '#support/drafts.ts'
import { batchDependent, constant, logistic, mlp, passing, refusing } from '#support/models.ts'

let work: ReturnType<typeof workFolder>
beforeEach(() => {
  work = workFolder()
})
afterEach(() => work.remove())

const json = (...path: string[]) => JSON.parse(readFileSync(work.path(...path), 'utf8'))
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

describe('new', () => {
  it('drafts a folder that is valid, says what it found, and keeps the odd names of columns', async () => {
    const csv = csvOf(['Torque [Nm]', 'Air temperature [K]', 'a.b c'], 50)
    const found = await draft(
      work.dir,
      logistic({ weights: [1, 1, 1], bias: 0, label: true }),
      `\ufeff${csv}`,
    )
    expect(readdirSync(work.path('test-model')).sort()).toEqual([
      'card.md',
      'model.json',
      'model.onnx',
      'reference.csv',
      'reference.json',
    ])
    const manifest = manifestSchema.parse(json('test-model', 'model.json'))
    expect(contradictions(manifest)).toEqual([])
    expect(manifest).toEqual(found.manifest)
    expect(manifest.inputs.tensors).toEqual([
      {
        name: 'input',
        kind: 'columns',
        dtype: 'float32',
        features: ['Torque [Nm]', 'Air temperature [K]', 'a.b c'],
      },
    ])
    expect(manifest.inputs.features[0]).toMatchObject({ title: 'Torque', unit: 'N.m', nullable: false })
    expect(manifest.outputs[0]).toMatchObject({
      name: 'probability',
      kind: 'binary',
      positive: '1',
      activation: 'none',
    })
    expect(found.unusedOutputs).toEqual([
      { name: 'label', why: 'the class alone; another output says how sure' },
    ])
    expect(found.plan.leftOut).toEqual([{ name: 'outcome', why: 'named like what a model predicts' }])
  })

  it('fills nulls with NaN only where the model answers a number to it, else with the median', async () => {
    const csv = 'a,b\n1,2\n,4\n3,6\n5,8\n'
    const plain = await draft(work.dir, logistic({ weights: [1, 1], bias: 0 }), csv)
    expect(plain.manifest.inputs.features[0]).toMatchObject({ nullable: true, fill: 3 })
    const robust = await draft(work.dir, constant({ inputs: 2, value: 0.25 }), csv, {
      dir: () => work.path('robust'),
    })
    expect(robust.manifest.inputs.features[0]).toMatchObject({ nullable: true, fill: 'nan' })
    expect(robust.manifest.inputs.features[1]).toMatchObject({ nullable: false })
  })

  it('leaves to a person what stands for a missing word', async () => {
    const found = await draft(
      work.dir,
      logistic({ weights: [1, 1], bias: 0 }),
      `a,b\n${'L,1\n,2\nM,3\nL,4\n'.repeat(3)}`,
    )
    const type = found.manifest.inputs.features[0]!
    expect(type).toMatchObject({ kind: 'category', nullable: true })
    expect(type).not.toHaveProperty('fill')
    expect(found.look.codesUnknown).toEqual(['a'])
  })

  it('binds one input per column, and a fixed batch', async () => {
    const found = await draft(
      work.dir,
      logistic({ weights: [1, 2], bias: 0, inputNames: ['b', 'a'], batch: 4 }),
      csvOf(['a', 'b'], 30),
    )
    expect(found.manifest.inputs.tensors.map((tensor) => [tensor.name, featuresOf(tensor)])).toEqual([
      ['b', ['b']],
      ['a', ['a']],
    ])
    expect(found.manifest.operation).toMatchObject({ fixedBatch: 4, maxBatch: 512 })
  })

  it('has a model asked row by row whose answers depend on the batch, and says so', async () => {
    const found = await draft(work.dir, batchDependent(2), csvOf(['a', 'b'], 60))
    expect(found.look.alone).toMatch(/depend on the other rows of a batch/)
    expect(found.manifest.operation).toMatchObject({ fixedBatch: 1, maxBatch: 512 })
    expect((await packDraft(found.dir, work.path('alone.ewp'))).manifest.operation.fixedBatch).toBe(1)
  })

  it('copies weights that lie beside the model', async () => {
    const { model, external } = mlp({
      inputs: 2,
      hidden: 3,
      outputs: 3,
      activation: 'softmax',
      seed: 2,
      external: 'parts/w.bin',
    })
    mkdirSync(work.path('parts'))
    writeFileSync(work.path('parts', 'w.bin'), external!)
    const found = await draft(work.dir, model, csvOf(['a', 'b'], 30))
    expect(found.manifest.outputs[0]).toMatchObject({ kind: 'multiclass', classes: ['0', '1', '2'] })
    expect(readFileSync(work.path('test-model', 'parts', 'w.bin'))).toEqual(external)
  })

  it('writes nothing where it refuses, and never into a folder that holds something', async () => {
    const model = logistic({ weights: [1, 1, 1], bias: 0 })
    await expect(draft(work.dir, model, csvOf(['a', 'b'], 30))).rejects.toThrow(
      /\[rows, 3\].*no choice.*"a", "b", "outcome"/,
    )
    await expect(
      draft(
        work.dir,
        passing({ name: 'x', type: 'complex64', shape: ['n', 2] }, { name: 'y', type: 'float32' }),
        'a,b\n1,2\n',
      ),
    ).rejects.toThrow(/"source.onnx" is refused: input "x" takes complex64, which cannot be given to it/)
    expect(readdirSync(work.dir).sort()).toEqual(['source.csv', 'source.onnx'])
    mkdirSync(work.path('full'))
    writeFileSync(work.path('full', 'mine.txt'), 'precious')
    await expect(
      draft(work.dir, model, csvOf(['a', 'b', 'c'], 30), { dir: () => work.path('full') }),
    ).rejects.toThrow(/not empty/)
    expect(readdirSync(work.path('full'))).toEqual(['mine.txt'])
  })
})

describe('pack', () => {
  const weights = [0.3, -0.2]
  const model = logistic({ weights, bias: -0.1 })

  it('makes golden vectors that are what the model answers, and a baseline of the reference', async () => {
    const packed = await packageOf(work.dir, model, csvOf(['a', 'b'], 500))
    const golden = goldenSchema.parse(json('test-model', 'golden.json'))
    expect(golden.nullRow).toBe('not-finite')
    expect(golden.inputs['input']).toHaveLength(16)
    golden.inputs['input']!.forEach(([a, b], row) => {
      expect(golden.outputs['probability']![row]![0]).toBeCloseTo(
        sigmoid(0.3 * Number(a) - 0.2 * Number(b) - 0.1),
        5,
      )
    })
    const baseline = baselineSchema.parse(json('test-model', 'baseline.json'))
    expect(baseline.features['a']).toMatchObject({ n: 500 })
    expect(baseline.features['a']).not.toHaveProperty('tau')
    expect(Object.keys(baseline.absent)).toEqual(
      expect.arrayContaining(['temperature', 'conformalScores', 'blockScores', 'pRepeat, longestRun, tau']),
    )
    expect(baseline.prototypes!.of).toBe('rows-without-alert')
    expect(statSync(work.path('test-model', 'baseline.bin')).size).toBe(8 * 2 * baseline.prototypes!.count)
    expect(packed.golden.rows).toBe(16)
  })

  it('packs the same bytes again, with the reference and without it', async () => {
    const first = await packageOf(work.dir, model, csvOf(['a', 'b'], 200))
    const bytes = readFileSync(first.file)
    expect((await packDraft(work.path('test-model'), work.path('again.ewp'))).digest).toBe(first.digest)
    rmSync(work.path('test-model', 'reference.csv'))
    const reused = await packDraft(work.path('test-model'), work.path('reused.ewp'))
    expect(reused.baselineReused).toBe(true)
    expect(readFileSync(reused.file).equals(bytes)).toBe(true)
  })

  it('measures repeats and τ where the rows are in time order', async () => {
    const rows = Array.from(
      { length: 3000 },
      (_, k) => `${3000 - k},${Math.floor(k / 3)},${(k * 7919) % 101}`,
    )
    const { dir } = await draft(work.dir, model, `t,a,b\n${rows.join('\n')}\n`, { time: 't' })
    await packDraft(dir, work.path('x.ewp'))
    const baseline = baselineSchema.parse(json('test-model', 'baseline.json'))
    expect(baseline.reference.timeColumn).toBe('t')
    expect(baseline.features['a']).toMatchObject({ longestRun: 3, pRepeat: 2000 / 2999 })
    expect(baseline.features['b']!.tau).toBeGreaterThanOrEqual(1)
    expect(baseline.absent).toHaveProperty(['tau: a'])
  })

  it('runs several inputs, a fixed batch and weights beside the model', async () => {
    const several = logistic({ weights, bias: 0, inputNames: ['b', 'a'], batch: 4 })
    expect((await packageOf(work.dir, several, csvOf(['a', 'b'], 60))).golden.rows).toBe(16)
    rmSync(work.path('test-model'), { recursive: true })
    const { model: split, external } = mlp({
      inputs: 2,
      hidden: 3,
      outputs: 2,
      activation: 'softmax',
      seed: 2,
      external: 'w.bin',
    })
    writeFileSync(work.path('w.bin'), external!)
    const packed = await packageOf(work.dir, split, csvOf(['a', 'b'], 60))
    const loaded = await readPackage(packed.file, work.dir)
    expect(loaded.external).toEqual(['w.bin'])
    const lane = openLane(loaded.modelFile)
    try {
      expect(await verifyGolden(lane, loaded.golden, loaded.manifest)).toMatchObject({ ok: true })
    } finally {
      await lane.close()
    }
  })
})

describe('pack refuses, and leaves nothing behind', () => {
  const csv = csvOf(['a', 'b'], 60)
  const model = logistic({ weights: [1, 1], bias: -10 })

  async function refused(of: Buffer, table: string, change: () => void, why: RegExp): Promise<void> {
    const { dir } = await draft(work.dir, of, table)
    change()
    const before = readdirSync(dir)
    await expect(packDraft(dir, work.path('out.ewp'))).rejects.toThrow(why)
    expect(readdirSync(dir)).toEqual(before)
    expect(readdirSync(work.dir).filter((name) => name.includes('out'))).toEqual([])
  }
  const inManifest = (change: Parameters<typeof edit>[1]) => () => edit(work.path('test-model'), change)

  it('words without codes', () =>
    refused(model, `a,b\n${'L,1\nM,2\n'.repeat(5)}`, () => undefined, /"a" holds words.*"codes"/))

  it('a word that has no code', () =>
    refused(
      model,
      `a,b\n${'L,1\nM,2\n'.repeat(5)}`,
      inManifest((m) => Object.assign(m.inputs.features[0]!, { codes: { L: 0 } })),
      /"a" holds "M".*no number/,
    ))

  it('a manifest that does not parse, with the path and in one line', async () => {
    await refused(
      model,
      csv,
      inManifest((m) => Object.assign(m, { people: {}, colour: 'red' })),
      /"model.json" is refused for 2 reasons: \(1\) people.owner: is missing.*\(2\) .*"colour"/,
    )
  })

  it('a manifest that is no JSON', () =>
    refused(
      model,
      csv,
      () => writeFileSync(work.path('test-model', 'model.json'), '{"id": '),
      /"model.json" is no JSON/,
    ))

  it('a tensor that the model does not have, and a width that is not the model’s', () =>
    refused(
      model,
      csv,
      inManifest((m) => {
        m.inputs.features.pop()
        featuresOf(m.inputs.tensors[0]!).pop()
        m.outputs[0]!.name = 'risk'
      }),
      /input "input" takes 2 columns, and 1 features.*no output "risk"; it has "probability"/,
    ))

  it('an output whose columns do not fit its meaning', () =>
    refused(
      model,
      csv,
      inManifest((m) => {
        Object.assign(m.outputs[0]!, { kind: 'multiclass' })
      }),
      /has 1 columns, and multiclass needs 2 columns/,
    ))

  it('a label after another output, whose classes are not those that the model names', () =>
    refused(
      logistic({ weights: [1, 1], bias: -10, label: true }),
      csv,
      inManifest((m) => {
        const [first] = m.outputs
        m.outputs = [
          { ...first!, name: 'probability', kind: 'binary', classes: ['0', '1'], positive: '1' },
          { name: 'label', title: 'Label', kind: 'multiclass', classes: ['0', '2'], activation: 'label' },
        ]
      }),
      /"label" names a class on the reference that "classes" does not list \(0, 2\)/,
    ))

  it('a model whose answers depend on the batch, where it would be given batches', () =>
    refused(
      batchDependent(2),
      csv,
      inManifest((m) => {
        delete m.operation.fixedBatch
      }),
      /depend on the other rows of the batch/,
    ))

  it('a model that loads and cannot run', async () => {
    const { dir } = await draft(work.dir, model, csv)
    writeFileSync(work.path('test-model', 'model.onnx'), refusing({ inputs: 2, badValue: 13 }))
    writeFileSync(work.path('test-model', 'reference.csv'), `a,b\n${'13,1\n'.repeat(40)}`)
    await expect(packDraft(dir, work.path('out.ewp'))).rejects.toThrow(/loads and cannot run with one row/)
  })

  it('a model that onnxruntime does not load', async () => {
    await refused(
      model,
      csv,
      () => writeFileSync(work.path('test-model', 'model.onnx'), mlpWithUnknownOperator()),
      /the model cannot be loaded/,
    )
  })

  it('a reference that lacks a feature, or says words for a number', async () => {
    await refused(
      model,
      csv,
      () => writeFileSync(work.path('test-model', 'reference.csv'), 'a,c\n1,2\n'),
      /no column "b"/,
    )
    writeFileSync(work.path('test-model', 'reference.csv'), 'a,b\n1,2\nx,3\n')
    await expect(packDraft(work.path('test-model'), work.path('out.ewp'))).rejects.toThrow(
      /"a" is a number, and its column holds words \("x"\)/,
    )
  })

  it('no reference and no former baseline; no card; a file that is no model', async () => {
    await refused(
      model,
      csv,
      () => rmSync(work.path('test-model', 'reference.csv')),
      /"reference.csv" is missing/,
    )
    rmSync(work.path('test-model', 'card.md'))
    await expect(packDraft(work.path('test-model'), work.path('out.ewp'))).rejects.toThrow(
      /"card.md" is missing/,
    )
    writeFileSync(work.path('test-model', 'card.md'), '# card')
    writeFileSync(work.path('test-model', 'model.onnx'), '<!doctype html>')
    await expect(packDraft(work.path('test-model'), work.path('out.ewp'))).rejects.toThrow(
      /"model.onnx" is refused: it is a web page/,
    )
  })
})

function mlpWithUnknownOperator(): Buffer {
  const bytes = logistic({ weights: [1, 1], bias: 0 })
  const at = bytes.indexOf('Sigmoid')
  bytes.write('Sigmoix', at)
  return bytes
}
