// The language of the page: the selected one, otherwise the browser's first supported one, otherwise English.
import { createContext, type ReactNode, useContext, useLayoutEffect } from 'react';
import { storedKeys } from '../browser/stored.ts';
import { useStored } from '../browser/useStored.ts';
import { en } from './en.ts';
import { fr } from './fr.ts';
import type { Messages } from './messages.ts';

/** The supported languages. */
const languages = { en, fr } as const;

/** The code of a supported language. */
export type Language = keyof typeof languages;

/** Selects the language: `kept` if the person selected one, otherwise by the browser's preferences. */
export function chooseLanguage(kept: string | undefined, preferred: readonly string[]): Language {
  for (const tag of [kept ?? '', ...preferred]) {
    const language = tag.toLowerCase().split('-')[0];
    if (language === 'en' || language === 'fr') return language;
  }
  return 'en';
}

/** Selects the locale of dates and numbers: the browser's preferred variant of the language, such as `en-GB`, if there
 *  is one. */
export function chooseLocale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

interface Speaking {
  readonly language: Language;
  /** The locale of dates and numbers. */
  readonly locale: string;
  readonly messages: Messages;
  readonly speak: (language: Language) => void;
}

const LanguageContext = createContext<Speaking>({ language: 'en', locale: 'en', messages: en, speak: () => {} });

/** Provides the language to its children, and sets the document's `lang`. */
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

/** Returns the current language and its setter. */
export function useLanguage(): Speaking {
  return useContext(LanguageContext);
}

/** Returns the texts in the current language. */
export function useMessages(): Messages {
  return useContext(LanguageContext).messages;
}
