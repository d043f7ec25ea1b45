// The bar above the sign-in form: the name, the language and the theme.

import { useLanguage } from '../i18n/Language.tsx';
import { themes, useTheme } from '../settings/useTheme.ts';
import { ThemeIcon, WakeMark } from '../ui/icons.tsx';

/** Renders the name, and the buttons for language and theme. */
export function Header() {
  const { language, messages, speak } = useLanguage();
  const [theme, setTheme] = useTheme();
  const Picture = ThemeIcon[theme];
  const other = language === 'en' ? 'fr' : 'en';

  return (
    <header className="header">
      <a className="wordmark" href="/">
        <WakeMark />
        Sillage
      </a>
      <div className="header-actions">
        <button
          type="button"
          className="button icon-button"
          lang={other}
          aria-label={messages.otherLanguage}
          title={messages.otherLanguage}
          onClick={() => speak(other)}
        >
          {other.toUpperCase()}
        </button>
        <button
          type="button"
          className="button icon-button"
          aria-label={messages.theme[theme]}
          title={messages.theme[theme]}
          onClick={() => setTheme(themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system')}
        >
          <Picture />
        </button>
      </div>
    </header>
  );
}
