// The root of the page: the sign-in form, or the workspace of the signed-in person.
import { type ComponentProps, useCallback, useEffect, useState } from 'react';
import { PersonContext, personOf } from './browser/person.ts';
import { forgetPerson, forgetTabAtSignOut, storedKeys } from './browser/stored.ts';
import { useStored } from './browser/useStored.ts';
import { useRoute } from './hooks/useRoute.ts';
import { LanguageProvider } from './i18n/Language.tsx';
import { ErrorBoundary } from './ui/ErrorBoundary.tsx';
import { useSwapGuard } from './ui/useSwapGuard.ts';
import { Broken } from './workspace/Broken.tsx';
import { Header } from './workspace/Header.tsx';
import { SignIn } from './workspace/SignIn.tsx';
import { SwitchPerson } from './workspace/SwitchPerson.tsx';
import { useOfferedToken } from './workspace/useOfferedToken.ts';
import { useWorkspaceStores } from './workspace/useWorkspaceStores.ts';
import { Workspace } from './workspace/Workspace.tsx';

/** Renders the whole page. */
export function App() {
  useSwapGuard();
  return (
    <LanguageProvider>
      <ErrorBoundary fallback={<Broken />}>
        <Page />
      </ErrorBoundary>
    </LanguageProvider>
  );
}

function Page() {
  const [route, navigation] = useRoute();
  const { openNew, reopen } = navigation;
  const offered = useOfferedToken(openNew);
  const [token, keepToken] = useStored(storedKeys.token);
  const [isExpired, setExpired] = useState(false);
  useEffect(forgetTabAtSignOut, []);

  const expire = useCallback(() => {
    setExpired(true);
    keepToken(undefined);
    reopen(); // a rejected message is kept for the conversation in the address
  }, [keepToken, reopen]);
  const signOut = useCallback(() => {
    setExpired(false);
    forgetPerson();
    openNew();
  }, [openNew]);

  if (token === undefined) {
    return (
      <div className="page">
        <Header />
        <SignIn isExpired={isExpired} onToken={keepToken} />
      </div>
    );
  }
  const person = personOf(token);
  return (
    <PersonContext value={person}>
      <SignedIn key={person} route={route} navigation={navigation} onUnauthorized={expire} onSignOut={signOut} />
      {offered && <SwitchPerson offered={offered} />}
    </PersonContext>
  );
}

function SignedIn(props: Omit<ComponentProps<typeof Workspace>, 'stores'>) {
  const stores = useWorkspaceStores();
  return stores === undefined ? null : <Workspace stores={stores} {...props} />;
}
