import { useFailureWords } from '../../ui/frame/failure-words.ts'

/** Why what was asked for was not done; nothing while there is no error. */
export function Trouble({ error }: { error: unknown }) {
  const words = useFailureWords()
  return (
    <div role="alert" className="trouble">
      {error ? <p>{words(error)}</p> : null}
    </div>
  )
}
