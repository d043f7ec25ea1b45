// Whether the list is shown: beside the conversation as a person last left it, or for a moment in a drawer.
import { useCallback, useEffect, useRef, useState } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { narrow, useMedia } from '../ui/useMedia.ts';

/** Is where the list is, and the ways to show and hide it. */
export interface ListShown {
  readonly isShown: boolean;
  readonly isDrawer: boolean;
  readonly show: () => void;
  readonly hide: () => void;
  readonly toggle: () => void;
  /** Closes the drawer, where it is one; a list beside the conversation stays. */
  readonly close: () => void;
}

const drawerState = 'drawer';

function isDrawerEntry(): boolean {
  return window.history.state === drawerState;
}

/** Gives the state of the list; the focus goes to the button that undoes what the other one did. */
export function useListShown(): ListShown {
  const isDrawer = useMedia(narrow);
  const [kept, keep] = useStored(storedKeys.list);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const isShown = isDrawer ? isDrawerOpen : kept !== 'closed';
  const isAsked = useRef(false);

  useEffect(() => {
    if (!isAsked.current || isDrawer) return; // a dialog sees to the focus itself
    isAsked.current = false;
    document.getElementById(isShown ? 'hide-list' : 'show-list')?.focus();
  }, [isShown, isDrawer]);

  useEffect(() => {
    if (!isDrawerOpen) return;
    const back = () => setDrawerOpen(false);
    window.addEventListener('popstate', back);
    return () => window.removeEventListener('popstate', back);
  }, [isDrawerOpen]);

  const set = useCallback(
    (shown: boolean) => {
      isAsked.current = true;
      if (isDrawer && shown) window.history.pushState(drawerState, ''); // Back closes the drawer first
      if (isDrawer && !shown && isDrawerEntry()) window.history.back();
      if (isDrawer) setDrawerOpen(shown);
      else keep(shown ? undefined : 'closed');
    },
    [isDrawer, keep],
  );
  const close = useCallback(() => {
    if (isDrawerEntry()) window.history.replaceState(null, '');
    setDrawerOpen(false);
  }, []);
  const show = useCallback(() => set(true), [set]);
  const hide = useCallback(() => set(false), [set]);
  const toggle = useCallback(() => set(!isShown), [set, isShown]);
  return { isShown, isDrawer, show, hide, toggle, close };
}
