/** Whole HTTP/1.1 requests as bytes, made once. */
export function postRequests(
  path: string,
  { host, port, token }: { host: string; port: number; token?: string },
  bodies: readonly string[],
): Buffer[] {
  return bodies.map((body) =>
    Buffer.from(
      [
        `POST ${path} HTTP/1.1`,
        `Host: ${host}:${port}`,
        ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
        'Content-Type: application/json',
        `Content-Length: ${Buffer.byteLength(body)}`,
        '',
        body,
      ].join('\r\n'),
    ),
  )
}

export function getRequest(
  path: string,
  { host, port, token }: { host: string; port: number; token: string },
): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: ${host}:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  )
}
