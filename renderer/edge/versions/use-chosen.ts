import { useState } from 'react'
import type { ModelSummary } from '#core/contracts/deployment.ts'
import { remember, remembered } from '../../ui/preferences.ts'
import { useStatus } from '../client/context.ts'

const store = () => window.localStorage

/** The model that the technician's screens are about: the same on all of them. */
export function useChosenModel(): {
  models: readonly ModelSummary[]
  model: ModelSummary | undefined
  choose: (id: string) => void
} {
  const models = useStatus()?.models ?? []
  const [id, setId] = useState(() => remembered(store, 'model'))
  return {
    models,
    model: models.find((each) => each.id === id) ?? models[0],
    choose: (next) => {
      setId(next)
      remember(store, 'model', next)
    },
  }
}

/** Who is at the screen, by name: asked for once, remembered in this browser, written into the record with each move. */
export function usePerson(): [string, (name: string) => void] {
  const [person, setPerson] = useState(() => remembered(store, 'person') ?? '')
  return [
    person,
    (name) => {
      setPerson(name)
      remember(store, 'person', name)
    },
  ]
}
