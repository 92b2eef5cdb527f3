import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { deviceOf } from '#core/audit/checkpoint.ts'
import { EdgewrightError } from '#core/contracts/errors.ts'
import { writeDurablySync } from '../journal/durable-file.ts'
import type { Journal } from '../journal/journal.ts'
import { publicKeyOf, recordTools } from './tools.ts'

/** The public half, and the name that it gives the device. */
export interface DeviceName {
  /** sha256 of the raw public key, hex. */
  device: string
  /** Raw Ed25519 key, 32 bytes, hex. */
  publicKey: string
}

export interface DeviceKey extends DeviceName {
  privateKey: KeyObject
}

/** In the journal's state: all that this machine ever was, the present one last. */
export const devicesKey = 'audit:devices'

export const knownDevices = (journal: Pick<Journal, 'state'>): DeviceName[] =>
  journal.state<DeviceName[]>(devicesKey) ?? []

export const deviceKeyPath = (dataDir: string): string => join(dataDir, 'device.key')

/** What `device.key` holds; or why it is of no use. `undefined`: there is no such file. */
export function readDeviceKey(dataDir: string): DeviceKey | { damage: string } | undefined {
  const path = deviceKeyPath(dataDir)
  if (!existsSync(path)) return undefined
  try {
    const privateKey = createPrivateKey(readFileSync(path))
    if (privateKey.asymmetricKeyType !== 'ed25519')
      return { damage: `it holds a key of another kind (${privateKey.asymmetricKeyType})` }
    return { privateKey, ...nameOf(privateKey) }
  } catch (error) {
    return { damage: `it cannot be read as a key (${(error as Error).message})` }
  }
}

/**
 * The machine's own key, PKCS #8 in PEM, for its owner only; made where there is none. `known`: the device that the journal
 * knows this machine as. A file that is damaged, gone, or another device's is never replaced silently: that would be another
 * device. Then `problem` says what is wrong, and nothing is signed until an admin decides.
 */
export function openDeviceKey(
  dataDir: string,
  known: DeviceName | undefined,
): { key: DeviceKey; made: boolean } | { problem: string } {
  const path = deviceKeyPath(dataDir)
  const found = readDeviceKey(dataDir)
  if (found && 'damage' in found) return { problem: `${path} is damaged: ${found.damage}` }
  if (!found && known) return { problem: `${path} is gone` }
  if (!found) return { key: makeDeviceKey(dataDir), made: true }
  if (known && known.device !== found.device)
    return { problem: `${path} is the key of another device (${found.device}; this one is ${known.device})` }
  chmodSync(path, 0o600)
  return { key: found, made: false }
}

/** A key of its own from now on. What lay there stays beside it, as `device.key.former`. */
export function makeDeviceKey(dataDir: string): DeviceKey {
  const path = deviceKeyPath(dataDir)
  if (existsSync(path)) {
    copyFileSync(path, `${path}.former`)
    chmodSync(`${path}.former`, 0o600)
  }
  const { privateKey } = generateKeyPairSync('ed25519')
  writeDurablySync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  return { privateKey, ...nameOf(privateKey) }
}

export const noDeviceKey = (problem: string): EdgewrightError =>
  new EdgewrightError('device-key-refused', `nothing can be signed: ${problem}`)

function nameOf(key: KeyObject): DeviceName {
  const publicKey = publicKeyOf(key)
  return { publicKey, device: deviceOf(publicKey, recordTools.sha256) }
}
