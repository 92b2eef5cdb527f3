import { Failure, refusal } from './failure.ts'

/** A package of gigabytes over a slow line, and its check after that. */
const limitMs = 30 * 60_000

/** How far it is: bytes sent; all sent means that the runtime is checking it. */
export type Progress = { sent: number; of: number }

export interface Upload {
  answer: Promise<unknown>
  cancel: () => void
}

/** Sends a file as it is. XMLHttpRequest, because fetch does not say how much has been sent. */
export function upload(
  path: string,
  file: File,
  onProgress: (progress: Progress) => void,
  how: 'POST' | 'PUT' = 'POST',
): Upload {
  const request = new XMLHttpRequest()
  const answer = new Promise<unknown>((resolve, reject) => {
    request.open(how, path)
    request.timeout = limitMs
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.upload.onprogress = ({ loaded, total }) => onProgress({ sent: loaded, of: total })
    request.onload = () => {
      const body = asJson(request.responseText)
      if (request.status >= 200 && request.status < 300) resolve(body)
      else reject(refusal(path, request.status, body))
    }
    request.onerror = () => reject(new Failure('unreachable', `${path}: no connection`))
    request.ontimeout = () => reject(new Failure('timeout', `${path}: no answer`, undefined, limitMs))
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'))
    request.send(file)
  })
  return { answer, cancel: () => request.abort() }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: the caller's contract refuses it.
    return undefined
  }
}
