import type { EdgeClient } from '#cli/edge-client.ts'
import { demoTechnician } from '../demo-trust.ts'

/** Somebody at the screen of a machine: comes in by a link, signs in with a PIN. What they do is recorded under their name. */
export interface Person {
  name: string
  pin: string
  post<T>(path: string, body: object): Promise<T>
}

export async function signIn(admin: EdgeClient): Promise<Person> {
  const { name, pin } = await demoTechnician(admin)
  const { people } = await admin.json<{ people: { id: string; name: string }[] }>('GET', '/api/people')
  const { code } = await admin.json<{ code: string }>('POST', '/api/session/code', {})
  let cookie = ''
  const post = async (path: string, body: object): Promise<Response> => {
    const response = await fetch(new URL(path, admin.origin), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', origin: admin.origin, cookie },
    })
    if (!response.ok) throw new Error(`${path} is answered with ${response.status}: ${await response.text()}`)
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    return response
  }
  await post('/api/session', { code })
  await post('/api/session/person', { person: people.find((one) => one.name === name)?.id ?? '', pin })
  return {
    name,
    pin,
    post: async <T>(path: string, body: object) => (await (await post(path, body)).json()) as T,
  }
}
