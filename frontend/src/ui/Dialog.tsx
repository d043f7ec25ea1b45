// A dialog based on the `<dialog>` element: it traps the focus, closes on Escape, and restores the focus.
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { IconButton } from './IconButton.tsx';
import { CloseIcon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Renders a dialog, which is open while it is mounted. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const { close } = useMessages();
  const id = useId();
  return (
    <ModalBox className="dialog" label={{ 'aria-labelledby': id }} onClose={onClose}>
      <header className="dialog-header">
        <h2 id={id}>{title}</h2>
        <IconButton label={close} onClick={onClose}>
          <CloseIcon />
        </IconButton>
      </header>
      {children}
    </ModalBox>
  );
}

interface ModalBoxProps {
  readonly className: string;
  readonly label: { readonly 'aria-labelledby': string } | { readonly 'aria-label': string };
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Renders the base of dialogs and of the drawer: modal while mounted, closed by Escape and by a click outside. */
export function ModalBox({ className, label, onClose, children }: ModalBoxProps) {
  const box = useRef<HTMLDialogElement>(null);

  useLayoutEffect(() => {
    const { current } = box;
    current?.showModal();
    return () => current?.close();
  }, []);

  const press = (event: MouseEvent) => {
    if (event.target === box.current) onClose(); // a click on the backdrop, not on the content
  };
  const closed = () => {
    if (box.current?.open === false) onClose();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape
    <dialog ref={box} className={className} {...label} onClick={press} onClose={closed}>
      <div className={`${className}-content`}>{children}</div>
    </dialog>
  );
}
