// Settings of a conversation that were chosen in this browser and are not yet stored on the server: in a new conversation, or
// while the server is unreachable. Each start sends them.
import type { ConfigResponse, SessionChange } from '@sillage/protocol';
import { useMemo } from 'react';
import { usePerson } from '../../browser/person.ts';
import { storedKeys } from '../../browser/stored.ts';
import { useStored } from '../../browser/useStored.ts';
import type { Route } from '../../hooks/useRoute.ts';

/** A change of settings; `null` resets one. */
export type SettingsChange = NonNullable<SessionChange['settings']>;

/** The pending change. */
export interface PendingSettings {
  /** Without what the server does not allow; empty if nothing is pending. */
  readonly change: SettingsChange;
  /** Replaces the pending change. */
  readonly keep: (change: SettingsChange) => void;
}

/** Returns the pending change of a conversation. A new conversation begins with the model that was chosen last, which
 *  must be kept with its first message. */
export function usePendingSettings(
  config: ConfigResponse | undefined,
  { sessionId, hasAddress }: Pick<Route, 'sessionId' | 'hasAddress'>,
): PendingSettings {
  const [stored, store] = useStored(storedKeys.settingsOf(usePerson(), sessionId));
  const [latest] = useStored(storedKeys.model);
  const model = hasAddress ? undefined : latest;
  const change = useMemo(
    () => (config === undefined ? {} : allowed({ ...(model && { model }), ...parse(stored) }, config)),
    [config, model, stored],
  );
  return useMemo(() => {
    const keep = (next: SettingsChange) => store(Object.keys(next).length === 0 ? undefined : JSON.stringify(next));
    return { change, keep };
  }, [change, store]);
}

function parse(stored: string | undefined): SettingsChange {
  try {
    return { ...JSON.parse(stored ?? '{}') };
  } catch {
    return {}; // not written by this page
  }
}

function allowed(change: SettingsChange, { models, limits }: ConfigResponse): SettingsChange {
  const { model, temperature, systemPrompt } = change;
  const isPossible = typeof temperature !== 'number' || (temperature >= 0 && temperature <= limits.maxTemperature);
  const isShort = typeof systemPrompt !== 'string' || systemPrompt.length <= limits.systemPromptLength;
  return {
    ...((model === null || models.includes(model ?? '')) && { model }),
    ...(temperature !== undefined && isPossible && { temperature }),
    ...(systemPrompt !== undefined && isShort && { systemPrompt }),
  };
}
