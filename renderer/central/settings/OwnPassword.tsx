import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { passwordSchema } from '#core/contracts/accounts.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { useCentral, useMe } from '../client/context.ts'
import { Field } from '../parts/Field.tsx'
import { Trouble } from '../parts/Trouble.tsx'

/** The holder of the data folder's token has none. */
export function OwnPassword() {
  const { t } = useTranslation()
  const { account, name } = useMe()
  const [open, setOpen] = useState(false)
  if (account === null) return <p className="panel">{t('password.none')}</p>
  return (
    <section className="panel row">
      <p>{t('password.whose', { name })}</p>
      <Button onPress={() => setOpen(true)}>{t('password.change')}</Button>
      {open && <Change account={account} onClose={() => setOpen(false)} />}
    </section>
  )
}

function Change({ account, onClose }: { account: number; onClose: () => void }) {
  const { t } = useTranslation()
  const { api } = useCentral()
  const [current, setCurrent] = useState('')
  const [password, setPassword] = useState('')
  const change = useMutation({
    mutationFn: () => api.send(`/api/accounts/${account}/password`, { current, password }),
    onSuccess: onClose,
    gcTime: 0,
  })
  const off = current === '' || !passwordSchema.safeParse(password).success
  return (
    <Dialog open title={t('password.change')} onClose={onClose}>
      <Field
        label={t('password.current')}
        type="password"
        autoComplete="current-password"
        value={current}
        onText={setCurrent}
      />
      <Field
        label={t('signIn.newPassword')}
        hint={t('signIn.passwordHint')}
        type="password"
        autoComplete="new-password"
        value={password}
        onText={setPassword}
      />
      <Trouble error={change.error} />
      <div className="dialog-acts">
        <Button primary off={off} busy={change.isPending} onPress={() => change.mutate()}>
          {t('password.change')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
