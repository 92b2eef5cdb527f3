import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

export interface TakenMail {
  from: string
  to: string
  /** Head and body as they came. */
  text: string
}

/** As much of a mail server as takes mail (RFC 5321, 4.5.1), on loopback. `refuse`: how many it refuses at first, for now. */
export async function fakeSmtp({ refuse = 0 } = {}) {
  const mails: TakenMail[] = []
  let refused = 0
  const server = createServer((socket) => {
    socket.setEncoding('utf8')
    let [waiting, from, to, data] = ['', '', '', undefined as string[] | undefined]
    const say = (line: string) => socket.write(`${line}\r\n`)
    const line = (text: string) => {
      if (data) {
        if (text !== '.') return void data.push(text)
        mails.push({ from, to, text: data.join('\n') })
        data = undefined
        return say('250 taken')
      }
      const word = text.slice(0, 4).toUpperCase()
      if (word === 'EHLO' || word === 'HELO') return say('250 here')
      if (word === 'MAIL') {
        from = /<(.*)>/.exec(text)?.[1] ?? ''
        refused += 1
        return say(refused <= refuse ? '451 come back later' : '250 ok')
      }
      if (word === 'RCPT') to = /<(.*)>/.exec(text)?.[1] ?? ''
      if (word === 'DATA') {
        data = []
        return say('354 go on')
      }
      if (word === 'QUIT') return void socket.end('221 bye\r\n')
      return say('250 ok')
    }
    socket.on('data', (chunk: string) => {
      const lines = (waiting + chunk).split('\r\n')
      waiting = lines.pop() ?? ''
      for (const each of lines) line(each)
    })
    socket.on('error', () => undefined) // the sender went away
    say('220 fake')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, mails, close: () => server.close() }
}
