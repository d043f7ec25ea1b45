// Whether the page is dark: by the selected theme, else by the system. For what CSS cannot decide.
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { useMedia } from './useMedia.ts';

/** Whether the page has dark colours now. */
export function useIsDark(): boolean {
  const [theme] = useStored(storedKeys.theme);
  const isSystemDark = useMedia('(prefers-color-scheme: dark)');
  return theme === 'dark' || (theme !== 'light' && isSystemDark);
}
