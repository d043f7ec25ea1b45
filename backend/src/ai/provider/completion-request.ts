// Builds the request that a provider gets.
import { createHash } from 'node:crypto';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AiOptions } from '../ai-options.ts';

/** Shapes one question, within the settings. */
export interface CompletionRequestOptions {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly settings: AiOptions;
}

/** Returns the body of the request. The provider learns of the user nothing but a hash, where the settings say so. */
export function completionRequestOf(
  messages: ChatCompletionMessageParam[],
  userId: string,
  { model, temperature, maxTokens, settings }: CompletionRequestOptions,
): ChatCompletionCreateParamsStreaming {
  const chosen = model ?? settings.model;
  return {
    model: chosen,
    messages: withSystemPrompt(messages, settings.systemPrompt),
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    ...bounded(chosen, least(maxTokens, settings.maxTokens)),
    ...(settings.hashUserId && { safety_identifier: createHash('sha256').update(userId).digest('hex') }),
  };
}

function withSystemPrompt(messages: ChatCompletionMessageParam[], systemPrompt: string | undefined) {
  const isAddressed = messages.some(({ role }) => role === 'system' || role === 'developer');
  if (systemPrompt === undefined || isAddressed) return messages;
  return [{ role: 'system' as const, content: systemPrompt }, ...messages];
}

/** Reasoning models refuse `max_tokens`; most compatible servers know nothing else. */
function bounded(model: string, maxTokens: number | undefined) {
  if (maxTokens === undefined) return {};
  return /^(o\d|gpt-5)/.test(model) ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
}

function least(...bounds: Array<number | undefined>): number | undefined {
  const known = bounds.filter((bound) => bound !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
