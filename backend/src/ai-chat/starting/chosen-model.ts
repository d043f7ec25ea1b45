// Decides which model a reply is requested from, when `prepare` may have chosen a provider.
import type { ChatRequest } from '@sillage/protocol';
import { ConfigError } from '../../config/config.ts';
import type { ChatOptions } from '../chat-options.ts';
import type { PreparedChat } from '../hooks.ts';

/** Returns the model of `prepare`, else of the request, else the default; a chosen provider that lacks it has its first model.
 *  @throws {ConfigError} when `prepare` chose a provider that is not configured. */
export function chosenModel(
  { model, provider }: PreparedChat,
  request: ChatRequest,
  { defaultModel, providers = [] }: Pick<ChatOptions, 'defaultModel' | 'providers'>,
): string {
  const planned = model ?? request.model ?? defaultModel;
  if (provider === undefined) return planned;
  const chosen = providers.find(({ name }) => name === provider);
  if (chosen === undefined) {
    const names = providers.map(({ name }) => name).join(', ') || 'none';
    throw new ConfigError(
      `prepare chose the provider ${provider}, which ai.providers does not have (it has: ${names}).`,
    );
  }
  if (model !== undefined || chosen.models.includes(planned)) return planned;
  return chosen.models[0] ?? planned;
}
