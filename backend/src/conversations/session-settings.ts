// A user's own settings of a conversation: its model, temperature and system prompt, within the limits of the server.
import type { SessionChange, SessionSettings } from '@sillage/protocol';

/** What a user may set. */
export interface SettingLimits {
  readonly models: readonly string[];
  readonly maxTemperature: number;
  /** In UTF-16 units; 0: a user may set no system prompt. */
  readonly systemPromptLength: number;
}

/** Injects the limits. */
export const SETTING_LIMITS = Symbol('SettingLimits');

/** The columns of the settings. */
interface SettingColumns {
  readonly model: string | null;
  readonly temperature: number | null;
  readonly system_prompt: string | null;
}

/** Converts a row; `undefined` if it has no settings. */
export function settingsOf({ model, temperature, system_prompt }: SettingColumns): SessionSettings | undefined {
  const settings = {
    ...(model !== null && { model }),
    ...(temperature !== null && { temperature }),
    ...(system_prompt !== null && { systemPrompt: system_prompt }),
  };
  return Object.keys(settings).length === 0 ? undefined : settings;
}

/** Returns the columns that a change sets. */
export function changedSettings(change: SessionChange['settings'] = {}): Partial<SettingColumns> {
  const { model, temperature, systemPrompt } = change;
  return {
    ...(model !== undefined && { model }),
    ...(temperature !== undefined && { temperature }),
    ...(systemPrompt !== undefined && { system_prompt: systemPrompt }),
  };
}

/** Finds what the server does not allow, by the name of the setting. */
export function settingIssues(
  { model, temperature, systemPrompt }: NonNullable<SessionChange['settings']>,
  { models, maxTemperature, systemPromptLength }: SettingLimits,
): { readonly path: string[]; readonly message: string }[] {
  const issues = [];
  if ((temperature ?? 0) > maxTemperature) {
    issues.push({ path: ['temperature'], message: `must be at most ${maxTemperature}` });
  }
  if (typeof model === 'string' && !models.includes(model)) {
    issues.push({ path: ['model'], message: `must be one of ${models.join(', ')}` });
  }
  if (typeof systemPrompt === 'string' && systemPromptLength === 0) {
    issues.push({ path: ['systemPrompt'], message: 'is not allowed by this server' });
  }
  return issues;
}

/** Returns stored settings without what the server no longer allows, as its limits may have changed since. */
export function allowedSettings(settings: SessionSettings, limits: SettingLimits): SessionSettings {
  const { model, temperature, systemPrompt } = settings;
  return {
    ...(model !== undefined && limits.models.includes(model) && { model }),
    ...(temperature !== undefined && { temperature: Math.min(temperature, limits.maxTemperature) }),
    ...(systemPrompt !== undefined && limits.systemPromptLength > 0 && { systemPrompt }),
  };
}
