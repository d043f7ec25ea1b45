// A dialog by the browser's own: it holds the focus, Escape closes it, and the focus goes back to where it was.
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import { useMessages } from '../i18n/Language.tsx';
import { CloseIcon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** Is open while it is drawn. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const { close } = useMessages();
  const id = useId();
  return (
    <ModalBox className="dialog" label={{ 'aria-labelledby': id }} onClose={onClose}>
      <header className="dialog-header">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button icon-button" aria-label={close} title={close} onClick={onClose}>
          <CloseIcon />
        </button>
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

/** Is what dialogs and the drawer share: modal while it is drawn, closed by Escape and by a click beside it. */
export function ModalBox({ className, label, onClose, children }: ModalBoxProps) {
  const box = useRef<HTMLDialogElement>(null);

  useLayoutEffect(() => {
    const { current } = box;
    current?.showModal();
    return () => current?.close();
  }, []);

  const press = (event: MouseEvent) => {
    if (event.target === box.current) onClose(); // the backdrop, and not what is on the box
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
