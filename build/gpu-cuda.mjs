/**
 * `npm run gpu:cuda`: fetches the library with which onnxruntime-node runs models on NVIDIA's GPUs. It is hundreds of
 * megabytes that most machines do not need, so nothing ever fetches it by itself (bootstrap.mjs).
 */
import { spawn } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureInstalled, main, node24, Refusal, root, say } from './bootstrap.mjs'

/**
 * @typedef {{
 *   requirements: Record<string, string[]>
 *   manifests: Record<string, Record<string, { package: string }>>
 *   packages: Record<string, { name: string, versions: { feed: string, version: string }[] }>
 *   feeds: Record<string, { type: string, index: string }>
 * }} Metadata onnxruntime-node's own list of what its install script fetches
 * @typedef {{ files: string[], packages: { name: string, version: string, from: string }[] }} Plan
 */

/**
 * What there is for this platform. Throws a Refusal where there is nothing.
 * @param {Metadata} metadata @param {string} platform @param {string} arch as in process @returns {Plan}
 */
export function planFor(metadata, platform, arch) {
  const place = `${platform}/${arch}`
  const flavour = metadata.requirements[place]?.find((name) => name.startsWith('cuda'))
  const manifest = flavour && metadata.manifests[`${place}:${flavour}`]
  if (!flavour || !manifest) {
    const some = Object.keys(metadata.requirements).filter((at) =>
      metadata.requirements[at]?.some((name) => name.startsWith('cuda')),
    )
    throw new Refusal(
      `onnxruntime-node has no CUDA library for ${place}, only for ${some.join(', ') || 'no platform'}; nothing was fetched. ` +
        'Models run on the CPU here, or on what "npm run -s edgewright -- doctor" proves.',
    )
  }
  const files = Object.keys(manifest).map((name) => name.replace(/^\.\//, ''))
  const packages = [...new Set(Object.values(manifest).map((file) => file.package))].map((key) => {
    const { name, versions } = metadata.packages[key] ?? { name: key, versions: [] }
    const { version = '?', feed = '' } = versions[0] ?? {}
    return { name, version, from: metadata.feeds[feed]?.index ?? feed }
  })
  return { files, packages }
}

/** Why the install script failed, in words. @param {string} said its stderr @param {Plan} plan */
export function failureInWords(said, { packages }) {
  const from = packages.map((each) => new URL(each.from).host).join(', ')
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH/.test(said))
    return `CUDA's library was not fetched: ${from} cannot be reached. Connect this machine to a network (a proxy is named in GLOBAL_AGENT_HTTPS_PROXY) and run the same command again.`
  if (/ENOSPC/.test(said)) return "CUDA's library was not fetched: the disk is full."
  const last = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^\w*Error/.test(line))
    .at(-1)
  return `CUDA's library was not fetched: ${last ?? said.trim().split('\n').at(-1)}`
}

/**
 * onnxruntime-node's own script. Told a flavour by name it does nothing (1.30.0's parseInstallFlag forgets to return it);
 * told "true" it fetches all that its platform requires, which is the plan.
 * @param {string} folder @param {Plan} plan @returns {Promise<void>}
 */
function install(folder, plan) {
  const child = spawn(node24(), [join(folder, 'script/install.js')], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'pipe'],
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'true' },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => {
      if (code === 0) done()
      else failed(new Refusal(failureInWords(said, plan)))
    })
  })
}

/** @param {string} folder of onnxruntime-node, where it is not this checkout's */
async function fetchCuda(folder) {
  const { planFolder, plan } = read(folder)
  const missing = () => plan.files.filter((name) => !existsSync(join(planFolder, name)))
  if (missing().length === 0) {
    say(`CUDA's library is on board already: ${plan.files.join(', ')}.`)
    return
  }
  for (const { name, version, from } of plan.packages)
    say(`Fetching ${name} ${version} (hundreds of MB) as ${from} has it …`)
  await install(folder, plan)
  const still = missing()
  if (still.length > 0)
    throw new Refusal(`CUDA's library was fetched, but ${still.join(', ')} was not in it.`)
  for (const name of plan.files)
    say(`  ${name}, ${Math.round(statSync(join(planFolder, name)).size / 2 ** 20)} MB`)
  say(
    'It needs an NVIDIA driver, and the CUDA and cuDNN libraries that belong to it, on this machine. ' +
      'Whether it works here is proved by: npm run -s edgewright -- doctor',
  )
}

/** @param {string} folder */
function read(folder) {
  const metadata = createRequire(join(folder, 'package.json'))('./script/install-metadata.js')
  const planFolder = join(folder, 'bin/napi-v6', process.platform, process.arch)
  return { planFolder, plan: planFor(metadata, process.platform, process.arch) }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  await main(async () => {
    ensureInstalled()
    await fetchCuda(join(root, 'node_modules/onnxruntime-node'))
    return 0
  })
