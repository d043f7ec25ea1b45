// The person's own settings of a conversation: those that the server has stored, and those that are chosen here and stored as
// soon as the conversation exists on the server.
import { changeSession } from '@sillage/client';
import type { ConfigResponse, SessionSettings } from '@sillage/protocol';
import { useCallback, useEffect, useMemo } from 'react';
import { server } from '../../browser/api.ts';
import { storedKeys, writeStored } from '../../browser/stored.ts';
import type { PageConversation } from '../useConversation.ts';
import type { PendingSettings, SettingsChange } from './usePendingSettings.ts';

/** The settings of the open conversation. They keep their identity while nothing changes. */
export interface OwnSettings {
  readonly settings: SessionSettings;
  /** The model that answers; `undefined` if the server offers no choice. */
  readonly model: string | undefined;
  readonly change: (change: SettingsChange) => void;
}

/** Returns the settings, and stores the pending ones. */
export function useOwnSettings(
  { sessionId, settings: stored, messages, load }: PageConversation,
  { change: pending, keep }: PendingSettings,
  config: ConfigResponse | undefined,
): OwnSettings {
  const isOnServer = messages.some(({ isStored }) => isStored);
  useEffect(() => {
    if (!isOnServer || Object.keys(pending).length === 0) return;
    const request = new AbortController();
    const { signal } = request;
    changeSession(sessionId, { ...server, change: { settings: pending }, signal }).then(
      () => load().then(() => signal.aborted || keep({})),
      (error) =>
        signal.aborted || console.warn('The settings are not stored yet; they are sent with each message.', error),
    );
    return () => request.abort();
  }, [isOnServer, pending, sessionId, keep, load]);

  const settings = useMemo(() => withChange(stored, pending), [stored, pending]);
  const model = config === undefined || config.models.length < 2 ? undefined : modelIn(settings, config);
  const change = useCallback(
    (next: SettingsChange) => {
      if (typeof next.model === 'string') writeStored(storedKeys.model, next.model);
      keep({ ...pending, ...next });
    },
    [keep, pending],
  );
  return useMemo(() => ({ settings, model, change }), [settings, model, change]);
}

function withChange(stored: SessionSettings, change: SettingsChange): SessionSettings {
  const all = Object.entries({ ...stored, ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== null && value !== undefined));
}

function modelIn({ model }: SessionSettings, { models, defaultModel }: ConfigResponse): string {
  return models.find((one) => one === model) ?? defaultModel;
}
