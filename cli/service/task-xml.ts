import { win32 } from 'node:path'
import { edgeArguments, refusal, type ServiceNote, type ServiceSpec } from './spec.ts'

export const taskName = 'Edgewright'

/** LOCAL SERVICE: an account without a password, with the rights of a user. Source: Microsoft, well-known SIDs. */
export const localService = 'S-1-5-19'

/** A user's own folders are closed to that account. */
export function checkPlaces(spec: ServiceSpec): void {
  for (const path of [spec.node, spec.script, spec.dataDir])
    if (/^[a-z]:\\users\\/i.test(win32.normalize(path)))
      throw refusal(
        `a service cannot use ${path}: it lies in a person's own folders`,
        'Install Edgewright for all users, and keep the data in C:\\ProgramData\\Edgewright.',
      )
}

/** One argument as the C runtime splits a command line again. Source: Microsoft, "Parsing C command-line arguments". */
export function quotedArgument(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text
  return `"${text.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, '$&$&')}"`
}

const xml = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!)

/** JSON in ASCII alone: schtasks prints the task again in the console's own encoding. */
const ascii = (value: unknown) =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/**
 * A task of the Task Scheduler that runs the edge from power-on.
 *
 * A true Windows service must answer the Service Control Manager within 30 seconds, which a plain Node process cannot
 * without a native wrapper. The scheduler starts any program. Its RestartOnFailure does not count every exit status as
 * a failure, so a repetition tries each minute as well, and is ignored while the runtime runs. Task schema 1.2.
 */
export function taskXml(spec: ServiceSpec): string {
  const again =
    '<Repetition><Interval>PT1M</Interval><StopAtDurationEnd>false</StopAtDurationEnd></Repetition>'
  return `<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Edgewright edge runtime. Written by: edgewright service install</Description>
    <Documentation>${xml(ascii({ dataDir: spec.dataDir, port: spec.port } satisfies ServiceNote))}</Documentation>
  </RegistrationInfo>
  <Triggers>
    <BootTrigger><Enabled>true</Enabled>${again}</BootTrigger>
    <RegistrationTrigger><Enabled>true</Enabled>${again}</RegistrationTrigger>
  </Triggers>
  <Principals>
    <Principal id="Runtime">
      <UserId>${localService}</UserId>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT0S</ExecutionTimeLimit>
    <Priority>5</Priority>
    <RestartOnFailure><Interval>PT1M</Interval><Count>999</Count></RestartOnFailure>
  </Settings>
  <Actions Context="Runtime">
    <Exec>
      <Command>${xml(spec.node)}</Command>
      <Arguments>${xml(edgeArguments(spec).map(quotedArgument).join(' '))}</Arguments>
    </Exec>
  </Actions>
</Task>
`
}

/** What `taskXml` noted; undefined where this task is none of its making. */
export function readTask(text: string): ServiceNote | undefined {
  const note = /<Documentation>(\{.*?\})<\/Documentation>/s.exec(text)?.[1]
  if (!note) return undefined
  const plain = note
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
  try {
    const { dataDir, port } = JSON.parse(plain) as Partial<ServiceNote>
    return typeof dataDir === 'string' && typeof port === 'number' ? { dataDir, port } : undefined
  } catch {
    return undefined // Somebody else's words.
  }
}
