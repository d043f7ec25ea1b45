// Which language the page speaks: the one chosen, else the browser's first that it knows, else English.
import { createContext, type ReactNode, useContext, useLayoutEffect } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import type { Messages } from './messages.ts';

/** Holds every language of the page. */
const languages = { en, fr } as const;

/** Names a language of the page. */
export type Language = keyof typeof languages;

/** Chooses the language: `kept` where the person chose one, else by what the browser prefers. */
export function chooseLanguage(kept: string | undefined, preferred: readonly string[]): Language {
  for (const tag of [kept ?? '', ...preferred]) {
    const language = tag.toLowerCase().split('-')[0];
    if (language === 'en' || language === 'fr') return language;
  }
  return 'en';
}

/** Chooses whose dates and numbers are written: the browser's own kind of the language, `en-GB` say, where it has one. */
export function chooseLocale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

interface Speaking {
  readonly language: Language;
  /** For dates and numbers. */
  readonly locale: string;
  readonly messages: Messages;
  readonly speak: (language: Language) => void;
}

const LanguageContext = createContext<Speaking>({ language: 'en', locale: 'en', messages: en, speak: () => {} });

/** Gives everything below it the language, and tells the document. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [kept, keep] = useStored(storedKeys.language);
  const language = chooseLanguage(kept, navigator.languages);

  useLayoutEffect(() => {
    document.documentElement.lang = language;
  }, [language]);

  const locale = chooseLocale(language, navigator.languages);

  return (
    <LanguageContext value={{ language, locale, messages: languages[language], speak: keep }}>
      {children}
    </LanguageContext>
  );
}

/** Gives the language in use, and the way to another. */
export function useLanguage(): Speaking {
  return useContext(LanguageContext);
}

/** Gives what the page says, in the language in use. */
export function useMessages(): Messages {
  return useContext(LanguageContext).messages;
}
