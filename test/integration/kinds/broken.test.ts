import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { loadFailureInWords } from '#edge/inference/load-failure.ts'
import { openLane } from '#edge/inference/open-lane.ts'
import { parseOnnx } from '#edge/package/onnx-model.ts'
import { packFolder } from '#edge/package/pack-folder.ts'
import type { OpenLane } from '#edge/package/with-lane.ts'
import { workFolder } from '#support/drafts.ts'
import { buildModel, node } from '#support/onnx-builder.ts'
import { draftKind, foldersIn } from '#support/try-kind.ts'
import { zoo } from './kinds.ts'
import { refusals } from './refusals.ts'

const work = workFolder()
const before = process.env['TMPDIR']
beforeAll(() => {
  mkdirSync(work.path('tmp'))
  process.env['TMPDIR'] = work.path('tmp')
})
afterAll(() => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  work.remove()
})

/** What drafting and packing wait two minutes for is waited for two seconds here. */
const patienceMs = 2000
const impatient: OpenLane = (file, options) => {
  const lane = openLane(file, options)
  return {
    get status() {
      return lane.status
    },
    ready: lane.ready,
    infer: (request, deadlineMs) => lane.infer(request, Math.min(deadlineMs, patienceMs)),
    onStatus: (listener) => lane.onStatus(listener),
    close: () => lane.close(),
  }
}

async function refusalOf(name: string): Promise<{ at: string; error: unknown }> {
  const folder = join(zoo, 'broken', name)
  const dir = work.path(name)
  try {
    await draftKind(folder, dir, 'broken', impatient)
  } catch (error) {
    return { at: 'new', error }
  }
  try {
    await packFolder(dir, () => work.path(`${name}.ewp`), impatient)
  } catch (error) {
    return { at: 'pack', error }
  }
  return { at: 'nowhere', error: undefined }
}

/** Processes that this one has started and that still run; undefined where nobody can say. */
function children(): string | undefined {
  if (process.platform !== 'linux') return undefined
  return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim()
}

describe('models and references that must be refused', () => {
  it('are all here', () => {
    expect(Object.keys(refusals).sort()).toEqual(foldersIn(join(zoo, 'broken')))
    expect(Object.keys(refusals).length).toBeGreaterThanOrEqual(20)
  })

  afterEach(() => {
    for (const name of readdirSync(work.dir))
      if (name !== 'tmp') rmSync(work.path(name), { recursive: true, force: true })
  })

  it.each(Object.entries(refusals))('%s', async (name, { at, code, says }) => {
    const running = children()
    const refusal = await refusalOf(name)
    expect(refusal.error).toBeInstanceOf(EdgewrightError)
    const { message, hint, ...error } = refusal.error as EdgewrightError
    expect({ at: refusal.at, code: error.code }).toEqual({ at, code })
    expect(message).toMatch(says)
    for (const line of [message, hint]) {
      expect(line).toMatch(/^\S.*\S$/)
      expect(line.length).toBeLessThan(400)
      expect(line).not.toMatch(
        /\.(?:cc|cpp|h|hpp):\d+|onnxruntime::|\bat .*:\d+:\d+|node:|\[ONNXRuntimeError\]/,
      )
      for (const place of [zoo, work.dir, tmpdir(), homedir(), process.cwd()])
        expect(line).not.toContain(place)
    }
    // Of a model that nobody has running, nobody sends a reading.
    expect(hint).not.toMatch(/reading/i)

    expect(readdirSync(tmpdir())).toEqual([])
    expect(readdirSync(work.dir).sort()).toEqual(at === 'pack' ? [name, 'tmp'].sort() : ['tmp'])
    if (at === 'pack') expect(readdirSync(work.path(name))).not.toContain('golden.json')
    expect(children()).toBe(running)
  })
})

describe('a model that is odd, and not broken', () => {
  it('is refused with its locale, where that is not installed', () => {
    // onnxruntime 1.30.0 on a TfidfVectorizer of skl2onnx, as it was on a machine without en_US.
    const said =
      'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/cpu/text/string_normalizer.cc:235 onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale with name:en_US.UTF-8:locale::facet::_S_create_c_locale name not valid:Please, install necessary language-pack-XX and configure locales\n'
    expect(loadFailureInWords(said)).toMatch(/^it compares words by the rules of "en_US\.UTF-8", which/)
    expect(loadFailureInWords(said.replace('locale with name', 'thing'))).not.toMatch(/\.cc|StringNormalizer/)
  })

  it('is taken where it declares −1 for an open axis, as some exporters do', () => {
    const bytes = buildModel({
      inputs: [{ name: 'x', type: 'float32', shape: [-1, 5] }],
      outputs: [{ name: 'y', type: 'float32', shape: [-1, 5] }],
      nodes: [node('Relu', ['x'], ['y'])],
    })
    expect(parseOnnx(bytes).inputs[0]!.shape).toEqual(['', 5])
  })
})
