// A menu in a popover: arrow keys move the focus, Enter selects, Escape and a click outside close it.
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from 'react';
import type { Popover } from './usePopover.ts';

/** One item of a menu. */
export interface MenuItem {
  readonly label: string;
  readonly icon: ReactNode;
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  readonly popover: Popover;
  readonly label: string;
  readonly items: readonly MenuItem[];
}

/** Renders the panel of a menu; the parent renders the buttons that open it. */
export function Menu({ popover, label, items }: MenuProps) {
  const list = useRef<HTMLDivElement>(null);
  const { isOpen, close, panelProps } = popover;

  useEffect(() => {
    if (isOpen) list.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [isOpen]);

  const press = (event: KeyboardEvent) => {
    const buttons: (Element | null)[] = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (event.key === 'Tab') close();
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = buttons.at(to % buttons.length);
    if (next instanceof HTMLElement) next.focus();
  };

  return (
    <div {...panelProps} className="popover">
      {isOpen && (
        <div ref={list} className="menu" role="menu" aria-label={label} tabIndex={-1} onKeyDown={press}>
          {items.map(({ label, icon, isDangerous, onChoose }) => (
            <button
              key={label}
              type="button"
              role="menuitem"
              className={isDangerous ? 'menu-item dangerous' : 'menu-item'}
              onClick={() => {
                close();
                onChoose();
              }}
            >
              {icon}
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
