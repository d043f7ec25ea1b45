// What a person chooses for the whole page, and the end of everything that is kept of them.
import { useId } from 'react';
import { useSingleKeys } from '../hooks/useShortcuts.ts';
import { themes, useTheme } from '../hooks/useTheme.ts';
import { type Language, useLanguage } from '../i18n/Language.tsx';
import type { ConversationList } from '../list/conversation-list.ts';
import { Choice } from './Choice.tsx';
import { Dialog } from './Dialog.tsx';
import { EraseEverything } from './EraseEverything.tsx';

interface SettingsProps {
  readonly list: ConversationList;
  readonly onClose: () => void;
  readonly onErased: () => void;
  readonly onSignOut: () => void;
}

const languageNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' };

/** Draws the settings. */
export function Settings({ list, onClose, onErased, onSignOut }: SettingsProps) {
  const { language, messages, speak } = useLanguage();
  const { settings } = messages;
  const [theme, setTheme] = useTheme();
  const [hasSingleKeys, setSingleKeys] = useSingleKeys();
  const id = useId();

  return (
    <Dialog title={settings.title} onClose={onClose}>
      <Choice
        legend={settings.appearance}
        chosen={theme}
        options={themes.map((value) => ({ value, label: settings.themes[value] }))}
        onChoose={setTheme}
      />
      <Choice
        legend={settings.language}
        chosen={language}
        options={(['en', 'fr'] as const).map((value) => ({ value, label: languageNames[value], lang: value }))}
        onChoose={speak}
      />
      <div className="setting keyboard-only">
        <label htmlFor={id}>
          {settings.keys}
          <span className="setting-detail">{settings.keysDetail}</span>
        </label>
        <input
          id={id}
          type="checkbox"
          role="switch"
          className="switch"
          checked={hasSingleKeys}
          aria-checked={hasSingleKeys}
          onChange={(event) => setSingleKeys(event.target.checked)}
        />
      </div>
      <EraseEverything list={list} onErased={onErased} />
      <footer className="dialog-footer">
        <button type="button" className="button" onClick={onSignOut}>
          {messages.signOut}
        </button>
      </footer>
    </Dialog>
  );
}
