import { lockDataFolder, writeRuntimeInfo } from '#edge/journal/lock.ts'

/** Holds a data folder's lock until it is killed. */
const dir = process.argv[2]!
lockDataFolder(dir)
writeRuntimeInfo(dir, { pid: process.pid, address: 'http://127.0.0.1:8700' })
process.stdout.write('locked\n')
setInterval(() => undefined, 1000)
