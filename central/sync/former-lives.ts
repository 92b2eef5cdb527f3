/**
 * Which lives of a record went on after the machine had left them. Once, on each stream, it is what a process that is dead by now had
 * left on the line: a lane has one request under way. Twice it lives, and two disks speak under one key. A start of central forgets it,
 * and the one that lives is found out by its next two.
 */
export class FormerLives {
  readonly #heard = new Set<string>()

  /** Whether this one was heard of before. `what`: a stream, its checkpoints, or what it tells of its lives. */
  speaksAgain(deviceId: number, epoch: string, what: string): boolean {
    const key = `${deviceId}/${epoch}/${what}`
    const before = this.#heard.size
    this.#heard.add(key)
    return this.#heard.size === before
  }
}
