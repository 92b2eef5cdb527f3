import { closeSync, openSync } from 'node:fs'
import { logistic } from '#support/models.ts'
import { openTestLane, reasonOf } from '../fixture.ts'

/** Kills its lane while this process has no free file descriptor; run it under a low `ulimit -n`. */
const lane = await openTestLane(logistic({ weights: [1, 0], bias: 0 }), {
  crashLimit: 100,
  backoffMs: () => 5,
})
await lane.ready
const taken: number[] = []
try {
  for (;;) taken.push(openSync('/dev/null', 'r'))
} catch (error) {
  console.log((error as NodeJS.ErrnoException).code)
}
// What the dead process frees is taken as well.
lane.onStatus(({ state }) => {
  if (state !== 'restarting') return
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'))
  } catch (error) {
    console.log((error as NodeJS.ErrnoException).code)
  }
})
await lane.killProcess()
const answer = lane.ask(0)
while (!reasonOf(lane.status).includes('cannot be started')) await new Promise((r) => setTimeout(r, 5))
console.log(reasonOf(lane.status))
await new Promise((r) => setTimeout(r, 50))
lane.onStatus(() => {
  for (const fd of taken.splice(0)) closeSync(fd)
})
console.log(await answer)
await lane.remove()
