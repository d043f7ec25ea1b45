// Escape anywhere on the page.
import { useEffect } from 'react';

/** Calls `onEscape` when the key is pressed, while `isOn`; not while an input method, a menu or a dialog uses it. */
export function useEscape(isOn: boolean, onEscape: () => void): void {
  useEffect(() => {
    if (!isOn) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return;
      if (document.querySelector('dialog[open], .popover[data-open]') === null) onEscape();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [isOn, onEscape]);
}
