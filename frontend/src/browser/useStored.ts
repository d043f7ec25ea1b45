// A stored value as React state, synchronized between components and tabs.
import { useCallback, useSyncExternalStore } from 'react';
import { readStored, subscribeToStored, writeStored } from './stored.ts';

/** Returns the value stored under `key` (`undefined` if there is none) and its setter. */
export function useStored(key: string): readonly [string | undefined, (value: string | undefined) => void] {
  const value = useSyncExternalStore(subscribeToStored, () => readStored(key), nothing);
  const keep = useCallback((next: string | undefined) => writeStored(key, next), [key]);
  return [value, keep];
}

function nothing(): undefined {
  return undefined;
}
