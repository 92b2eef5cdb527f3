import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  type Account,
  accountSchema,
  type Invitation,
  newAccountAnswerSchema,
} from '#core/contracts/accounts.ts'
import { type CentralRole, pageOf } from '#core/contracts/central.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Tick } from '../../ui/Glyphs.tsx'
import { useChange, useDelete } from '../client/queries.ts'
import { Copy } from '../parts/Copy.tsx'
import { Field } from '../parts/Field.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Ago, When } from '../parts/Time.tsx'
import { Trouble } from '../parts/Trouble.tsx'

const accountsPageSchema = pageOf(accountSchema)
const areas = ['accounts'] as const
const grantable = ['publisher', 'approver', 'admin'] as const satisfies readonly CentralRole[]

/** Who may sign in here, and what they may do. */
export function People() {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<Account | 'new' | null>(null)
  return (
    <section className="panel">
      <div className="row">
        <h2>{t('accounts.title')}</h2>
        <Button onPress={() => setAsked('new')}>{t('accounts.add')}</Button>
      </div>
      <PagedTable
        label={t('accounts.title')}
        schema={accountsPageSchema}
        path="/api/accounts"
        id={({ id }) => id}
        empty={t('accounts.none')}
        columns={[
          {
            key: 'name',
            head: t('accounts.name'),
            width: '24%',
            cell: ({ name }) => <span className="strong">{name}</span>,
          },
          {
            key: 'roles',
            head: t('accounts.roles'),
            width: '30%',
            cell: ({ roles }) => roles.map((role) => t(`roles.${role}`)).join(', '),
          },
          {
            key: 'last',
            head: t('accounts.lastSignIn'),
            width: '26%',
            cell: ({ ready, lastSignInAt, lockedUntil }) => (
              <>
                {lastSignInAt === null ? (
                  t(ready ? 'accounts.neverIn' : 'accounts.invited')
                ) : (
                  <Ago at={lastSignInAt} />
                )}
                {lockedUntil !== null && (
                  <div className="strong">
                    {t('accounts.locked')} <When at={lockedUntil} />
                  </div>
                )}
              </>
            ),
          },
          {
            key: 'act',
            head: <span className="sr">{t('accounts.change')}</span>,
            numeric: true,
            cell: (account) => (
              <Button
                className="bare"
                aria-label={t('accounts.changeOf', { name: account.name })}
                onPress={() => setAsked(account)}
              >
                {t('accounts.change')}
              </Button>
            ),
          },
        ]}
      />
      {asked === 'new' && <Add onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'new' && <Change account={asked} onClose={() => setAsked(null)} />}
    </section>
  )
}

function Roles({
  roles,
  onChange,
}: {
  roles: readonly CentralRole[]
  onChange: (roles: CentralRole[]) => void
}) {
  const { t } = useTranslation()
  return (
    <fieldset className="choices">
      <legend>{t('accounts.roles')}</legend>
      {grantable.map((role) => (
        // biome-ignore lint/a11y/useSemanticElements: a button as large as the others, that says whether it is on
        <button
          key={role}
          type="button"
          role="checkbox"
          className="btn check"
          aria-checked={roles.includes(role)}
          onClick={() =>
            onChange(roles.includes(role) ? roles.filter((each) => each !== role) : [...roles, role])
          }
        >
          <Tick on={roles.includes(role)} />
          <span>
            {t(`roles.${role}`)}
            <small className="note">{t(`roleSaid.${role}`)}</small>
          </span>
        </button>
      ))}
    </fieldset>
  )
}

function Add({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [roles, setRoles] = useState<CentralRole[]>([])
  const change = useChange(newAccountAnswerSchema, 'POST', areas)
  if (change.data?.invitation)
    return (
      <Dialog
        open
        title={t('accounts.invitation', { name: change.data.account.name })}
        onClose={onClose}
        size={560}
      >
        <Link invitation={change.data.invitation} />
        <div className="dialog-acts">
          <Button onPress={onClose}>{t('accounts.close')}</Button>
        </div>
      </Dialog>
    )
  return (
    <Dialog open title={t('accounts.add')} onClose={onClose} size={560}>
      <Field
        label={t('accounts.name')}
        hint={t('signIn.nameHint')}
        maxLength={60}
        value={name}
        onText={setName}
      />
      <Roles roles={roles} onChange={setRoles} />
      <Trouble error={change.error} />
      <div className="dialog-acts">
        <Button
          primary
          off={name.trim() === ''}
          busy={change.isPending}
          onPress={() => change.mutate({ path: '/api/accounts', body: { name: name.trim(), roles } })}
        >
          {t('accounts.invite')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}

/** The link works once; this page knows it only now. */
function Link({ invitation: { code, until } }: { invitation: Invitation }) {
  const { t } = useTranslation()
  return (
    <>
      <p>
        {t('accounts.hand')} <When at={until} />
      </p>
      <Copy label={t('accounts.link')} text={`${window.location.origin}/#code=${code}`} />
    </>
  )
}

function Change({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation()
  const [roles, setRoles] = useState<CentralRole[]>([...account.roles])
  const change = useChange(accountSchema, 'PUT', areas)
  const remove = useDelete(areas)
  return (
    <Dialog open title={account.name} onClose={onClose} size={560}>
      <Roles roles={roles} onChange={setRoles} />
      <Trouble error={change.error ?? remove.error} />
      <div className="dialog-acts">
        <Button
          primary
          busy={change.isPending}
          onPress={() =>
            change.mutate(
              { path: `/api/accounts/${account.id}/roles`, body: { roles } },
              { onSuccess: onClose },
            )
          }
        >
          {t('button.save')}
        </Button>
        <Button
          busy={remove.isPending}
          onPress={() => remove.mutate(`/api/accounts/${account.id}`, { onSuccess: onClose })}
        >
          {t('accounts.remove')}
        </Button>
        <Button onPress={onClose}>{t('button.cancel')}</Button>
      </div>
    </Dialog>
  )
}
