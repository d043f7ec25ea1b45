// One kept value as React state: every component and every tab sees the same.
import { useCallback, useSyncExternalStore } from 'react';
import { listenStored, readStored, writeStored } from './stored.ts';

/** Reads and keeps the value under `key`; `undefined` when nothing is kept. */
export function useStored(key: string): readonly [string | undefined, (value: string | undefined) => void] {
  const value = useSyncExternalStore(listenStored, () => readStored(key), nothing);
  const keep = useCallback((next: string | undefined) => writeStored(key, next), [key]);
  return [value, keep];
}

function nothing(): undefined {
  return undefined;
}
