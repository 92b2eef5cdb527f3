import { contextBridge, ipcRenderer } from 'electron'
import { appScheme, bridgeName, channelOf, desktopCalls } from '../ipc/calls.ts'
import type { DesktopBridge } from '../ipc/schema.ts'

// The console gets nothing: it works in any browser, and what it does not have it cannot lose.
if (location.protocol === `${appScheme}:`) {
  const bridge = Object.fromEntries(
    desktopCalls.map((call) => [call, (input: unknown) => ipcRenderer.invoke(channelOf(call), input)]),
  ) as unknown as DesktopBridge
  contextBridge.exposeInMainWorld(bridgeName, bridge)
}
