// The page: signed in or not, and at which conversation.
import { useCallback, useEffect, useState } from 'react';
import { takeTokenFromAddress } from './browser/sign-in.ts';
import { forgetPerson, storedKeys } from './browser/stored.ts';
import { Chat } from './components/Chat.tsx';
import { Header } from './components/Header.tsx';
import { SignIn } from './components/SignIn.tsx';
import { useStored } from './hooks/useStored.ts';
import { useVisit } from './hooks/useVisit.ts';
import { LanguageProvider } from './i18n/Language.tsx';

/** Shows the whole page. */
export function App() {
  useState(takeTokenFromAddress); // before the first look at what is kept
  useEffect(() => {
    window.addEventListener('hashchange', takeTokenFromAddress);
    return () => window.removeEventListener('hashchange', takeTokenFromAddress);
  }, []);

  return (
    <LanguageProvider>
      <Page />
    </LanguageProvider>
  );
}

function Page() {
  const [token, keepToken] = useStored(storedKeys.token);
  const [isExpired, setExpired] = useState(false);
  const { visit, openNew, reopen, open, keep } = useVisit();
  const isSignedIn = token !== undefined;

  const expire = useCallback(() => {
    setExpired(true);
    keepToken(undefined);
    reopen(); // what was sent and refused waits where its conversation has its address
  }, [keepToken, reopen]);
  const signOut = useCallback(() => {
    setExpired(false);
    forgetPerson();
    openNew();
  }, [openNew]);

  return (
    <div className="page">
      <Header isSignedIn={isSignedIn} onNew={openNew} onSignOut={signOut} />
      {isSignedIn ? (
        <Chat
          key={visit.sessionId}
          visit={visit}
          onMessage={keep}
          onNew={openNew}
          onOpen={open}
          onUnauthorized={expire}
        />
      ) : (
        <SignIn isExpired={isExpired} onToken={keepToken} />
      )}
    </div>
  );
}
