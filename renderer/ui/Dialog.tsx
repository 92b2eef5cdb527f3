import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import './dialog.css'

interface Props {
  open: boolean
  title: string
  onClose: () => void
  /** px */
  size?: number
  children: ReactNode
}

export function Dialog({ open, title, onClose, children, size = 440 }: Props) {
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={title}
      centered
      size={size}
      // The page behind does not scroll as a whole.
      lockScroll={false}
      transitionProps={{ duration: 0 }}
      withCloseButton={false}
      classNames={{ content: 'dialog', title: 'dialog-title', header: 'dialog-head', body: 'dialog-body' }}
    >
      {children}
    </Modal>
  )
}
