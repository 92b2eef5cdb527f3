/** What a program of the benches answers: by name, one request after the other. */
export type Handlers = Record<string, (argument: never) => unknown>

interface Request {
  id: number
  name: string
  argument: unknown
}

export type Response = { id: number; value: unknown } | { id: number; error: string } | { ready: unknown }

/** Answers the bench that started this process, and ends with it. */
export function serve(handlers: Handlers, ready: unknown = null): void {
  const send = (response: Response) => process.send?.(response)
  process.on('message', (message: Request) => {
    if (message.name === undefined) return
    Promise.resolve()
      .then(() => handlers[message.name]!(message.argument as never))
      .then(
        (value) => send({ id: message.id, value: value ?? null }),
        (error: unknown) =>
          send({
            id: message.id,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          }),
      )
  })
  process.on('disconnect', () => process.exit(0))
  send({ ready })
}
