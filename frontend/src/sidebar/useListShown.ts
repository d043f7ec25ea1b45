// Visibility of the list: beside the conversation as the person last set it, or temporarily in a drawer.
import { useCallback, useEffect, useRef, useState } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { narrow, useMedia } from '../ui/useMedia.ts';

/** Visibility of the list, and the functions that change it. */
export interface ListShown {
  readonly isShown: boolean;
  readonly isDrawer: boolean;
  readonly show: () => void;
  readonly hide: () => void;
  readonly toggle: () => void;
  /** Closes the drawer, if it is one; a list beside the conversation stays visible. */
  readonly close: () => void;
}

const drawerState = 'drawer';

function isDrawerEntry(): boolean {
  return window.history.state === drawerState;
}

/** Returns the visibility of the list; moves the focus to the button that reverses the last change. */
export function useListShown(): ListShown {
  const isDrawer = useMedia(narrow);
  const [kept, keep] = useStored(storedKeys.list);
  const [isDrawerOpen, setDrawerOpen] = useState(false);
  const isShown = isDrawer ? isDrawerOpen : kept !== 'closed';
  const movesFocus = useRef(false);

  useEffect(() => {
    if (!movesFocus.current || isDrawer) return; // the dialog manages the focus itself
    movesFocus.current = false;
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
      movesFocus.current = true;
      if (isDrawer && shown) window.history.pushState(drawerState, ''); // the Back button then closes the drawer
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
