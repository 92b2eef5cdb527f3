import { type BrowserWindow, type IpcMainInvokeEvent, ipcMain } from 'electron'
import { channelOf, type DesktopCall, desktopCalls } from '../ipc/calls.ts'
import { type DesktopHandlers, ipcSchema } from '../ipc/schema.ts'
import { mayCall } from './decide/ipc-sender.ts'

export interface IpcParts {
  handlers: DesktopHandlers
  window: () => BrowserWindow | undefined
  origin: () => string | undefined
  log: (line: string) => void
}

/** Answers the calls of `ipc/schema.ts`: the sender is checked first, then the input is parsed. */
export function answerCalls({ handlers, window, origin, log }: IpcParts): void {
  const answer = async (call: DesktopCall, event: IpcMainInvokeEvent, input: unknown): Promise<unknown> => {
    const frame = event.senderFrame
    const sender = {
      frameUrl: frame?.url,
      topFrame: frame !== null && frame.parent === null,
      ownWindow: event.sender === window()?.webContents,
    }
    if (!mayCall(call, sender, origin())) {
      log(`Call denied: ${call} from ${(frame?.url ?? 'a frame that is gone').slice(0, 200)}`)
      throw new Error('This page may not make this call.')
    }
    const parsed = ipcSchema[call].input.safeParse(input)
    if (!parsed.success) throw new Error(`The call ${call} was not understood.`)
    return (handlers[call] as (input: unknown) => unknown)(parsed.data)
  }
  for (const call of desktopCalls)
    ipcMain.handle(channelOf(call), (event, input: unknown) => answer(call, event, input))
}
