// The keyboard shortcuts of the page; they are disabled while a dialog is open.
import { useEffect } from 'react';
import { isTextField, type Shortcut, shortcutOf } from '../browser/shortcuts.ts';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';

/** Returns whether single-key shortcuts are enabled, and the setter. */
export function useSingleKeys(): readonly [boolean, (are: boolean) => void] {
  const [kept, keep] = useStored(storedKeys.keys);
  return [kept !== 'off', (are) => keep(are ? undefined : 'off')];
}

/** Calls `act` for each pressed shortcut; `act` returns whether it handled the shortcut. */
export function useShortcuts(act: (shortcut: Shortcut) => boolean): void {
  const [hasSingleKeys] = useSingleKeys();

  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector('dialog[open]:not(.drawer)') !== null) return;
      const shortcut = shortcutOf(event, { isTyping: isTextField(event.target), hasSingleKeys });
      if (shortcut !== undefined && act(shortcut)) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [act, hasSingleKeys]);
}
