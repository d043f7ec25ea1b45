// A page-wide handler of the Escape key.
import { useEffect } from 'react';

/** Calls `onEscape` when Escape is pressed while `isOn`. It ignores key presses that an input method, a menu, a dialog
 *  or another handler with `first` handles. */
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
