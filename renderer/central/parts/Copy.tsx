import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../ui/Button.tsx'

interface Props {
  label: string
  text: string
}

/** Something to be taken elsewhere. Where the browser lets no page copy, the text is selected and the keys do it. */
export function Copy({ label, text }: Props) {
  const { t } = useTranslation()
  const area = useRef<HTMLTextAreaElement>(null)
  const [said, setSaid] = useState<'' | 'copied' | 'selected'>('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('copied')
    } catch {
      // Not allowed here, or no secure context.
      area.current?.select()
      setSaid('selected')
    }
  }
  return (
    <div className="copy">
      <label>
        <span className="note">{label}</span>
        <textarea ref={area} readOnly rows={4} className="mono" value={text} />
      </label>
      <div className="acts">
        <Button primary onPress={() => void copy()}>
          {t('copy.go')}
        </Button>
        <span role="status">{said !== '' && t(`copy.${said}`)}</span>
      </div>
    </div>
  )
}
