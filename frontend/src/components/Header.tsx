// The bar above: where one is, and the few things that concern the whole page.
import type { MouseEvent } from 'react';
import { themes, useTheme } from '../hooks/useTheme.ts';
import { useLanguage } from '../i18n/Language.tsx';
import { PlusIcon, SignOutIcon, ThemeIcon, WakeMark } from './icons.tsx';

interface HeaderProps {
  readonly isSignedIn: boolean;
  readonly onNew: () => void;
  readonly onSignOut: () => void;
}

/** Shows the name, a new conversation, language, theme and sign-out. */
export function Header({ isSignedIn, onNew, onSignOut }: HeaderProps) {
  const { language, messages, speak } = useLanguage();
  const [theme, setTheme] = useTheme();
  const Picture = ThemeIcon[theme];
  const other = language === 'en' ? 'fr' : 'en';

  const goHome = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return; // a new tab, as with any link
    event.preventDefault();
    onNew();
  };

  return (
    <header className="header">
      <a className="skip" href="#composer">
        {messages.skipToComposer}
      </a>
      <a className="wordmark" href="/" onClick={goHome}>
        <WakeMark />
        Sillage
      </a>
      <div className="header-actions">
        {isSignedIn && (
          <button
            type="button"
            className="button new-conversation"
            onClick={onNew}
            aria-label={messages.newConversation}
          >
            <PlusIcon />
            <span className="wide-only">{messages.newConversation}</span>
          </button>
        )}
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
        {isSignedIn && (
          <button
            type="button"
            className="button icon-button"
            aria-label={messages.signOut}
            title={messages.signOut}
            onClick={onSignOut}
          >
            <SignOutIcon />
          </button>
        )}
      </div>
    </header>
  );
}
