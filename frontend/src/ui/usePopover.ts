// A panel based on the Popover API: Escape and a click outside close it, and the focus is restored.
import { type MouseEvent, type ToggleEvent, useCallback, useId, useLayoutEffect, useRef, useState } from 'react';

const gapPx = 4;
const marginPx = 8;

/** A panel, and the props of the buttons that open it. */
export interface Popover {
  readonly isOpen: boolean;
  readonly close: () => void;
  readonly anchorProps: {
    readonly popoverTarget: string;
    readonly onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  };
  readonly panelProps: {
    readonly id: string;
    readonly ref: (panel: HTMLElement | null) => void;
    readonly popover: 'auto';
    readonly onToggle: (event: ToggleEvent<HTMLElement>) => void;
    readonly 'data-open': true | undefined;
  };
}

/** Binds one panel to any number of buttons. It opens below the pressed button, or above it if there is no room. */
export function usePopover(): Popover {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLElement>(null);
  const panel = useRef<HTMLElement>(null);

  const place = useCallback(() => {
    if (anchor.current === null || panel.current === null) return;
    const button = anchor.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height, style } = panel.current;
    const below = button.bottom + gapPx;
    const top = below + height > window.innerHeight - marginPx ? button.top - gapPx - height : below;
    const left = Math.min(button.left, window.innerWidth - marginPx - width);
    style.top = `${Math.max(marginPx, top)}px`;
    style.left = `${Math.max(marginPx, left)}px`;
  }, []);

  const keepPanel = useCallback((element: HTMLElement | null) => {
    panel.current = element;
  }, []);
  const close = useCallback(() => panel.current?.hidePopover?.(), []);
  const press = useCallback(
    (event: MouseEvent<HTMLButtonElement>) => {
      const isAnother = anchor.current !== event.currentTarget;
      anchor.current = event.currentTarget;
      if (!isOpen || !isAnother) return;
      event.preventDefault(); // the panel is open, and only moves to this button
      place();
    },
    [isOpen, place],
  );
  const toggle = useCallback(({ newState }: ToggleEvent<HTMLElement>) => setOpen(newState === 'open'), []);
  useLayoutEffect(() => {
    if (isOpen) place(); // after its content has a size, and before it is visible
  }, [isOpen, place]);

  return {
    isOpen,
    close,
    anchorProps: { popoverTarget: id, onClick: press },
    panelProps: { id, ref: keepPanel, popover: 'auto', onToggle: toggle, 'data-open': isOpen || undefined },
  };
}
