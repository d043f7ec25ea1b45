// The dialog with a person's own settings of one conversation.
import type { ConfigResponse } from '@sillage/protocol';
import { type FormEvent, useId, useState } from 'react';
import { useMessages } from '../../i18n/Language.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import type { OwnSettings } from './useOwnSettings.ts';

interface OwnSettingsDialogProps {
  readonly own: OwnSettings;
  readonly config: ConfigResponse;
  readonly onClose: () => void;
}

/** Renders the form. An empty field stands for the server's own value. */
export function OwnSettingsDialog({ own: { settings, model, change }, config, onClose }: OwnSettingsDialogProps) {
  const { own } = useMessages();
  const { maxTemperature, systemPromptLength } = config.limits;
  const [chosen, setChosen] = useState(model);
  const [temperature, setTemperature] = useState(`${settings.temperature ?? ''}`);
  const [systemPrompt, setSystemPrompt] = useState(settings.systemPrompt ?? '');
  const id = useId();
  const isTooLong = systemPrompt.length > systemPromptLength && systemPromptLength > 0;

  const save = (event: FormEvent) => {
    event.preventDefault();
    if (isTooLong) return;
    change({
      ...(chosen !== model && { model: chosen ?? null }),
      temperature: temperature === '' ? null : Number(temperature),
      ...(systemPromptLength > 0 && { systemPrompt: systemPrompt.trim() === '' ? null : systemPrompt }),
    });
    onClose();
  };

  return (
    <Dialog title={own.open} onClose={onClose}>
      <form className="own-settings" onSubmit={save}>
        <p className="setting-detail">{own.line}</p>
        {chosen !== undefined && (
          <div className="own-setting">
            <label htmlFor={`${id}-model`}>{own.model}</label>
            <select
              id={`${id}-model`}
              className="field"
              value={chosen}
              onChange={(event) => setChosen(event.target.value)}
            >
              {config.models.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </div>
        )}
        <div className="own-setting">
          <label htmlFor={`${id}-temperature`}>{own.temperature}</label>
          <input
            id={`${id}-temperature`}
            className="field"
            type="number"
            inputMode="decimal"
            min={0}
            max={maxTemperature}
            step="any"
            value={temperature}
            placeholder={own.usual}
            aria-describedby={`${id}-temperature-detail`}
            onChange={(event) => setTemperature(event.target.value)}
          />
          <p id={`${id}-temperature-detail`} className="setting-detail">
            {own.temperatureDetail(maxTemperature)}
          </p>
        </div>
        {systemPromptLength > 0 && (
          <div className="own-setting">
            <label htmlFor={`${id}-prompt`}>{own.systemPrompt}</label>
            <textarea
              id={`${id}-prompt`}
              className="field"
              dir="auto"
              rows={5}
              value={systemPrompt}
              aria-describedby={`${id}-prompt-detail`}
              aria-invalid={isTooLong}
              onChange={(event) => setSystemPrompt(event.target.value)}
            />
            <p id={`${id}-prompt-detail`} className="setting-detail">
              {own.systemPromptDetail}
            </p>
            {isTooLong && (
              <p className="field-error" role="alert">
                {own.tooLong(systemPrompt.length, systemPromptLength)}
              </p>
            )}
          </div>
        )}
        <footer className="dialog-footer">
          <button type="submit" className="button primary">
            {own.save}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
