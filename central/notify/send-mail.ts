import { createTransport } from 'nodemailer'

export interface Mail {
  id: string
  to: string
  subject: string
  text: string
}

const deadlineMs = 20_000

/** Sends e-mail by one SMTP server, plain text only. Its Message-ID stays the same at every attempt: a repetition can be told. */
export function mailer(smtpUrl: string, from: string): (mail: Mail) => Promise<void> {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.slice(from.indexOf('@') + 1)
  return async ({ id, to, subject, text }) => {
    await transport.sendMail({
      ...{ from, to: { name: '', address: to }, text },
      subject: subject.replaceAll(/\s+/g, ' ').slice(0, 200),
      messageId: `<${id}@${domain}>`,
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  }
}
