import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { centralSessionSchema } from '#core/contracts/accounts.ts'
import { Button } from '../../ui/Button.tsx'
import { Alone } from '../../ui/frame/Alone.tsx'
import { Settings } from '../../ui/frame/Settings.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useCentral, useStanding } from '../client/context.ts'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'

/** Name and password; where nobody has an account yet, how the first one is made. */
export function SignIn() {
  const { t } = useTranslation()
  useTitle(t('signIn.title'))
  const { data } = useStanding()
  return (
    <Alone title={t('signIn.title')}>
      {data?.people === false ? <First /> : <Password />}
      <p className="note">{t('signIn.link')}</p>
      <p>
        <code>edgewright central link --data DIR</code>
      </p>
      <Settings />
    </Alone>
  )
}

function First() {
  const { t } = useTranslation()
  return <p>{t('signIn.first')}</p>
}

function Password() {
  const { t } = useTranslation()
  const central = useCentral()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const enter = useMutation({
    mutationFn: () => central.api.post(centralSessionSchema, '/api/session', { name: name.trim(), password }),
    onSuccess: () => central.entered(),
    onError: () => setPassword(''),
    // The password stands among what was asked for.
    gcTime: 0,
  })
  const off = name.trim() === '' || password === ''
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!off && !enter.isPending) enter.mutate()
      }}
    >
      <Field label={t('signIn.name')} autoComplete="username" value={name} onText={setName} />
      <Field
        label={t('signIn.password')}
        type="password"
        autoComplete="current-password"
        value={password}
        onText={setPassword}
      />
      <Trouble error={enter.error} />
      <Button type="submit" primary off={off} busy={enter.isPending}>
        {t('signIn.go')}
      </Button>
    </form>
  )
}
