import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { centralSessionSchema, codeAnswerSchema, passwordSchema } from '#core/contracts/accounts.ts'
import { Button } from '../../ui/Button.tsx'
import { isSignedOut } from '../../ui/client/failure.ts'
import { Alone } from '../../ui/frame/Alone.tsx'
import { Pending } from '../../ui/frame/Pending.tsx'
import { useTitle } from '../../ui/frame/use-title.ts'
import { useCentral } from '../client/context.ts'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'

interface Props {
  code: string
  onDone: () => void
}

/** What stands behind `#code=`: it signs in at once, or wants a name and a password first. */
export function ByCode({ code, onDone }: Props) {
  const { t } = useTranslation()
  const central = useCentral()
  useTitle(t('signIn.title'))
  const { data, error, refetch } = useQuery({
    // A code is spent by the first that asks: never twice, and not kept.
    queryKey: ['code'],
    queryFn: () => central.api.post(codeAnswerSchema, '/api/session/code', { code }),
    retry: false,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const done = useRef(onDone)
  done.current = onDone
  const isIn = data?.is === 'session'
  useEffect(() => {
    if (isIn) done.current()
  }, [isIn])
  if (data?.is === 'password-wanted') return <NewPassword code={code} name={data.name} onDone={onDone} />
  if (isSignedOut(error))
    return (
      <Alone title={t('signIn.title')}>
        <p className="strong">{t('signIn.spent')}</p>
        <Button onPress={onDone}>{t('signIn.toPassword')}</Button>
      </Alone>
    )
  return (
    <Alone title={t('signIn.title')}>
      <Pending error={error} retry={() => void refetch()} />
    </Alone>
  )
}

function NewPassword({ code, name: known, onDone }: Props & { name: string | null }) {
  const { t } = useTranslation()
  const central = useCentral()
  const [name, setName] = useState(known ?? '')
  const [password, setPassword] = useState('')
  const [again, setAgain] = useState('')
  const enter = useMutation({
    mutationFn: () =>
      central.api.post(centralSessionSchema, '/api/session/password', {
        code,
        password,
        ...(known === null && { name: name.trim() }),
      }),
    onSuccess: onDone,
    gcTime: 0,
  })
  const short = !passwordSchema.safeParse(password).success
  const differs = again !== '' && again !== password
  const off = name.trim() === '' || short || again !== password
  return (
    <Alone title={known === null ? t('signIn.firstTitle') : t('signIn.welcome', { name: known })}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (!off && !enter.isPending) enter.mutate()
        }}
      >
        {known === null && (
          <Field
            label={t('signIn.name')}
            hint={t('signIn.nameHint')}
            autoComplete="username"
            maxLength={60}
            value={name}
            onText={setName}
          />
        )}
        <Field
          label={t('signIn.newPassword')}
          hint={t('signIn.passwordHint')}
          type="password"
          autoComplete="new-password"
          value={password}
          onText={setPassword}
        />
        <Field
          label={t('signIn.again')}
          wrong={differs ? t('signIn.differs') : undefined}
          type="password"
          autoComplete="new-password"
          value={again}
          onText={setAgain}
        />
        <Trouble error={enter.error} />
        <Button type="submit" primary off={off} busy={enter.isPending}>
          {t('signIn.set')}
        </Button>
      </form>
    </Alone>
  )
}
