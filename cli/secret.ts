import { readFileSync } from 'node:fs'
import type { ReadStream } from 'node:tty'
import { EdgewrightError } from '#core/contracts/errors.ts'

/** How a secret is given where nobody types it. `npm run` closes all descriptors but the first three. */
export const byDescriptor = (option: string) => `${option} 3 3< FILE, or through npm: ${option} 0 < FILE`

export interface SecretParts {
  /** What is asked for, as a prompt begins: "PIN of M. Keller". */
  what: string
  /** File descriptor to read one line from, in place of the terminal. */
  fd?: number | undefined
  /** The option that names one, for who has no terminal. */
  option: string
  /** Typed a second time, so that a slip of the finger does not become the secret. */
  twice?: boolean
}

/**
 * A secret, out of a file descriptor or typed at the terminal without echo; never an argument or the environment, where others
 * could read it. Rejects with `request-invalid`, and with `cancelled` after Ctrl-C.
 */
export async function readSecret({ what, fd, option, twice = false }: SecretParts): Promise<string> {
  if (fd !== undefined) return fromDescriptor(fd, option)
  const { stdin } = process
  if (!stdin.isTTY)
    throw new EdgewrightError('request-invalid', 'there is no terminal at which this could be asked for', {
      hint: `Give it through a file descriptor: ${byDescriptor(option)}.`,
    })
  const typed = await ask(stdin, `${what}: `)
  if (twice && (await ask(stdin, `${what}, again: `)) !== typed)
    throw new EdgewrightError('request-invalid', 'the two are not the same', {
      hint: 'Nothing was changed; try it again.',
    })
  return typed
}

function fromDescriptor(fd: number, option: string): string {
  try {
    return readFileSync(fd, 'utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    throw new EdgewrightError('file-unreadable', `nothing can be read from file descriptor ${fd}`, {
      hint: `Open it for reading: ${byDescriptor(option)}.`,
      cause: error,
    })
  }
}

const [enter, newline, interrupt, end, backspace, del] = ['\r', '\n', '\u0003', '\u0004', '\b', '\u007f']

function ask(stdin: ReadStream, prompt: string): Promise<string> {
  stdin.setRawMode(true)
  process.stderr.write(prompt)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((resolve, reject) => {
    let typed: string[] = []
    const done = () => {
      stdin.off('data', read)
      stdin.setRawMode(false)
      stdin.pause()
      process.stderr.write('\n')
    }
    const read = (text: string) => {
      for (const sign of text) {
        if (sign === enter || sign === newline || sign === end) {
          done()
          return resolve(typed.join(''))
        }
        if (sign === interrupt) {
          done()
          return reject(new EdgewrightError('cancelled', 'nothing was changed'))
        }
        typed = sign === backspace || sign === del ? typed.slice(0, -1) : [...typed, sign]
      }
    }
    stdin.on('data', read)
  })
}
