import { EdgewrightError } from '#core/contracts/errors.ts'
import { type AllowedAddresses, allowedAddresses } from './address.ts'

export interface NotifySettings {
  /** smtp:// or smtps://, with the credentials in it; undefined: no e-mail is sent. */
  smtpUrl?: string
  from: string
  /** E-mail of those who are told where nobody else is known. */
  admins: readonly string[]
  allowed: AllowedAddresses
}

/** One e-mail address, and nothing that a mail server could take for two. */
export const isMail = (text: string): boolean => /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(text)

/** @throws EdgewrightError request-invalid, naming the variable */
export function notifySettings(env: NodeJS.ProcessEnv): NotifySettings {
  const smtpUrl = env['EDGEWRIGHT_SMTP_URL']
  if (smtpUrl && !/^smtps?:\/\/./.test(smtpUrl))
    throw new EdgewrightError(
      'request-invalid',
      'EDGEWRIGHT_SMTP_URL is no address such as smtps://user:password@mail.example:465',
    )
  const from = env['EDGEWRIGHT_MAIL_FROM'] ?? 'edgewright@localhost'
  const admins = (env['EDGEWRIGHT_ADMIN_MAIL'] ?? '').split(',').flatMap((one) => one.trim() || [])
  const wrong = [from, ...admins].find((one) => !isMail(one))
  if (wrong !== undefined)
    throw new EdgewrightError('request-invalid', `"${wrong}" is no e-mail address`, {
      hint: 'Mend EDGEWRIGHT_MAIL_FROM or EDGEWRIGHT_ADMIN_MAIL.',
    })
  return { ...(smtpUrl && { smtpUrl }), from, admins, allowed: allowedFrom(env) }
}

function allowedFrom(env: NodeJS.ProcessEnv): AllowedAddresses {
  try {
    return allowedAddresses(env['EDGEWRIGHT_HOOKS_ALLOW'] ?? '')
  } catch (error) {
    throw new EdgewrightError(
      'request-invalid',
      `EDGEWRIGHT_HOOKS_ALLOW: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    )
  }
}
