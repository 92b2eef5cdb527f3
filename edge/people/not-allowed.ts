import { EdgewrightError, type ErrorBody } from '#core/contracts/errors.ts'
import type { Role } from '#core/contracts/people.ts'

const asked: Record<Role, string> = {
  operator: 'an operator',
  technician: 'a technician or an admin',
  admin: 'an admin',
}

/** Somebody asked for what their role does not allow. The answer names the role that does. */
export class NotAllowed extends EdgewrightError {
  readonly needs: Role

  /** `what`: as a sentence begins, such as "POST /api/models". `by`: as the record calls whoever asked. */
  constructor(what: string, needs: Role, by: string) {
    const who = by === 'operator' ? 'nobody is signed in at this screen (operator)' : `${by} asked for it`
    super('not-allowed', `${what} needs ${asked[needs]}, and ${who}`, { hint: `Sign in as ${asked[needs]}.` })
    this.needs = needs
  }

  override body(): ErrorBody {
    return { error: { ...super.body().error, needs: this.needs } }
  }
}
