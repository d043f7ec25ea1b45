// The colour theme: light, dark, or the system's. The colours depend on `color-scheme` in styles/tokens.css.
import { useLayoutEffect } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';

/** The themes, in the order in which the button switches between them. */
export const themes = ['system', 'light', 'dark'] as const;

/** The name of a theme. */
export type Theme = (typeof themes)[number];

/** Returns the selected theme and its setter, and applies the theme to the page. */
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
