// Light, dark, or as the system says. The colours themselves follow `color-scheme` in styles/tokens.css.
import { useLayoutEffect } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';

/** Lists the themes in the order in which the button goes through them. */
export const themes = ['system', 'light', 'dark'] as const;

/** Names a theme. */
export type Theme = (typeof themes)[number];

/** Gives the chosen theme and puts it on the page. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [kept, keep] = useStored(storedKeys.theme);
  const theme = themes.find((known) => known === kept) ?? 'system';

  useLayoutEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === 'system') delete dataset.theme;
    else dataset.theme = theme;
  }, [theme]);

  return [theme, (next) => keep(next === 'system' ? undefined : next)];
}
