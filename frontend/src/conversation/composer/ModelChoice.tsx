// The choice of a model, if the server offers several, and the button for all settings of the conversation.
import type { ConfigResponse } from '@sillage/protocol';
import { useMessages } from '../../i18n/Language.tsx';
import { GearIcon } from '../../ui/icons.tsx';
import type { OwnSettings } from '../own-settings/useOwnSettings.ts';

interface ModelChoiceProps {
  readonly config: ConfigResponse | undefined;
  readonly own: OwnSettings;
  readonly onSettings: () => void;
}

/** Renders the choice and the button; nothing before the server's configuration has loaded. */
export function ModelChoice({ config, own, onSettings }: ModelChoiceProps) {
  const { model: label, own: words } = useMessages();
  const { temperature, systemPrompt } = own.settings;
  const isSet = temperature !== undefined || systemPrompt !== undefined;
  if (config === undefined) return null;
  return (
    <span className="choices">
      {own.model !== undefined && (
        <select
          className="model"
          aria-label={label}
          title={label}
          value={own.model}
          onChange={(event) => own.change({ model: event.target.value })}
        >
          {config.models.map((model) => (
            <option key={model}>{model}</option>
          ))}
        </select>
      )}
      <button
        type="button"
        className="own-button"
        aria-haspopup="dialog"
        data-set={isSet || undefined}
        title={isSet ? words.openSet : words.open}
        aria-label={isSet ? words.openSet : words.open}
        onClick={onSettings}
      >
        <GearIcon />
      </button>
    </span>
  );
}
