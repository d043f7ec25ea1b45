// Escape anywhere on the page.
import { useEffect } from 'react';

/** Calls `onEscape` when the key is pressed, while `isOn`; not while an input method, a menu or a dialog uses it, nor
 *  where another that comes `first` has used it. */
export function useEscape(isOn: boolean, onEscape: () => void, { first = false } = {}): void {
  useEffect(() => {
    if (!isOn) return;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
      if (document.querySelector('dialog[open], .popover[data-open]') !== null) return;
      if (first) event.preventDefault();
      onEscape();
    };
    document.addEventListener('keydown', press, { capture: first });
    return () => document.removeEventListener('keydown', press, { capture: first });
  }, [isOn, onEscape, first]);
}
