import { appOrigin, type DesktopCall } from '../../ipc/calls.ts'
import { type Caller, ipcSchema } from '../../ipc/schema.ts'

/** Who sent a message, as Electron says it. */
export interface Sender {
  /** Address of the frame that sent it; undefined where it is gone already. */
  frameUrl: string | undefined
  /** Whether that frame is the top one of its page. */
  topFrame: boolean
  /** Whether it is the app's one window. */
  ownWindow: boolean
}

export function callerOf(sender: Sender, runtimeOrigin: string | undefined): Caller | undefined {
  if (!sender.ownWindow || !sender.topFrame || sender.frameUrl === undefined) return undefined
  if (!URL.canParse(sender.frameUrl)) return undefined
  const url = new URL(sender.frameUrl)
  if (`${url.protocol}//${url.host}` === appOrigin) return 'app-pages'
  return runtimeOrigin !== undefined && url.origin === runtimeOrigin ? 'console' : undefined
}

/** Whether this sender may make this call. */
export function mayCall(call: DesktopCall, sender: Sender, runtimeOrigin: string | undefined): boolean {
  const caller = callerOf(sender, runtimeOrigin)
  return caller !== undefined && (ipcSchema[call].from as readonly Caller[]).includes(caller)
}
