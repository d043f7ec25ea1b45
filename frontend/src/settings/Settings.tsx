// The settings dialog: preferences for the whole page, sign-out, and erasing all conversations.
import { useState } from 'react';
import { hasNotifications, useNotifications } from '../browser/notifications.ts';
import { useSingleKeys } from '../hooks/useShortcuts.ts';
import { type Language, useLanguage } from '../i18n/Language.tsx';
import type { ConversationList } from '../sidebar/list-store/conversation-list.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Choice } from './Choice.tsx';
import { EraseEverything } from './EraseEverything.tsx';
import { Switch } from './Switch.tsx';
import { Usage } from './Usage.tsx';
import { themes, useTheme } from './useTheme.ts';

interface SettingsProps {
  readonly list: ConversationList;
  readonly onClose: () => void;
  readonly onErased: () => void;
  readonly onSignOut: () => void;
}

const languageNames: Readonly<Record<Language, string>> = { en: 'English', fr: 'Français' };

/** Renders the settings. */
export function Settings({ list, onClose, onErased, onSignOut }: SettingsProps) {
  const { language, messages, speak } = useLanguage();
  const { settings } = messages;
  const [theme, setTheme] = useTheme();
  const [hasSingleKeys, setSingleKeys] = useSingleKeys();
  const [isNotifying, setNotifying] = useNotifications();
  const [isDenied, setDenied] = useState(false);

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
      <div className="keyboard-only">
        <Switch label={settings.keys} detail={settings.keysDetail} isOn={hasSingleKeys} onChange={setSingleKeys} />
      </div>
      {hasNotifications() && (
        <Switch
          label={settings.notify}
          detail={isDenied ? settings.notifyDenied : settings.notifyDetail}
          isOn={isNotifying}
          onChange={(isOn) => void setNotifying(isOn).then((isAllowed) => setDenied(!isAllowed))}
        />
      )}
      <Usage />
      <EraseEverything list={list} onErased={onErased} />
      <footer className="dialog-footer">
        <button type="button" className="button" onClick={onSignOut}>
          {messages.signOut}
        </button>
      </footer>
    </Dialog>
  );
}
