// Builds the completion request for a provider.
import { createHash } from 'node:crypto';
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { AiOptions } from '../../ai-options.ts';

/** Options of one completion request and the settings that limit them. */
export interface CompletionRequestOptions {
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly settings: AiOptions;
}

/** Returns the body of the request. The only user data in it is a hash of the user's id, if the settings enable it. */
export function completionRequestOf(
  messages: ChatCompletionMessageParam[],
  userId: string,
  { model, temperature, maxTokens, settings }: CompletionRequestOptions,
): ChatCompletionCreateParamsStreaming {
  const chosen = model ?? settings.model;
  return {
    model: chosen,
    messages: alternating(withSystemPrompt(messages, settings.systemPrompt)),
    stream: true,
    stream_options: { include_usage: true },
    ...(temperature !== undefined && { temperature }),
    ...bounded(chosen, least(maxTokens, settings.maxTokens)),
    ...(settings.hashUserId && { safety_identifier: createHash('sha256').update(userId).digest('hex') }),
    ...settings.extraBody,
  };
}

function withSystemPrompt(messages: ChatCompletionMessageParam[], systemPrompt: string | undefined) {
  const isAddressed = messages.some(({ role }) => role === 'system' || role === 'developer');
  if (systemPrompt === undefined || isAddressed) return messages;
  return [{ role: 'system' as const, content: systemPrompt }, ...messages];
}

/** Joins consecutive messages of one role and removes empty ones. The templates of many models (Gemma, Mistral)
 *  reject a conversation that does not alternate, as happens after a reply that failed before its first delta. */
function alternating(messages: readonly ChatCompletionMessageParam[]): ChatCompletionMessageParam[] {
  const joined: ChatCompletionMessageParam[] = [];
  for (const message of messages) {
    const before = joined.at(-1);
    if (message.content === '') continue;
    if (isSpoken(message) && isSpoken(before) && before.role === message.role) {
      joined[joined.length - 1] = { ...before, content: `${before.content}\n\n${message.content}` };
    } else {
      joined.push(message);
    }
  }
  return joined;
}

type SpokenMessage = ChatCompletionMessageParam & { role: 'user' | 'assistant'; content: string };

function isSpoken(message: ChatCompletionMessageParam | undefined): message is SpokenMessage {
  if (message?.role !== 'user' && message?.role !== 'assistant') return false;
  return typeof message.content === 'string' && !('tool_calls' in message);
}

/** Names of reasoning models, which reject `max_tokens`, while most compatible servers accept nothing else. A first
 *  guess, for any spelling: `openai/gpt-5.4`, `prod-gpt5`, `ft:o4-mini:acme`. */
const reasoningModel = /(^|[^a-z0-9])(o[1-9](?![0-9a-z])|gpt-?[5-9])/i;

function bounded(model: string, maxTokens: number | undefined) {
  if (maxTokens === undefined) return {};
  return reasoningModel.test(model) ? { max_completion_tokens: maxTokens } : { max_tokens: maxTokens };
}

function least(...bounds: Array<number | undefined>): number | undefined {
  const known = bounds.filter((bound) => bound !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
