// The bar above the sign-in form: the name, the language and the theme.
import { useLanguage } from '../i18n/Language.tsx';
import { themes, useTheme } from '../settings/useTheme.ts';
import { IconButton } from '../ui/IconButton.tsx';
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
        <IconButton lang={other} label={messages.otherLanguage} onClick={() => speak(other)}>
          {other.toUpperCase()}
        </IconButton>
        <IconButton
          label={messages.theme[theme]}
          onClick={() => setTheme(themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system')}
        >
          <Picture />
        </IconButton>
      </div>
    </header>
  );
}
