import type { Routes } from './app.ts'
import type { Projector } from './sync/projector.ts'

/** A part of central, as the composition root (main.ts) puts it in its place. */
export interface Area {
  routes?: Routes
  /** What it makes of what machines send. */
  projectors?: readonly Projector[]
  /** Before anything is served. */
  start?: () => Promise<void>
  /** Once a second, never twice at once; what it throws is logged. */
  tick?: () => Promise<void>
  /** What is under way is ended in order. */
  close?: () => Promise<void>
}
