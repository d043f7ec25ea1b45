// Maps a provider's `finish_reason`. The list is closed: an unknown value counts as a normal end and is logged.
import type { ModelFinishReason } from '../../model-event.ts';

/** Meaning of a finish reason. `failed`: the provider failed. `unknown`: the value is not in the list. */
export type FinishMeaning = ModelFinishReason | 'failed' | 'unknown';

/** Known values in lower case with `_` between words; a suffix after `:` is ignored. */
const words: Readonly<Record<ModelFinishReason | 'failed', readonly string[]>> = {
  stop: [
    ...['stop', 'stopped', 'stop_sequence', 'stop_str', 'stop_string', 'stop_token', 'stop_word'],
    ...['eos', 'eos_token', 'eot', 'end', 'end_turn', 'end_of_turn', 'end_of_sequence', 'end_of_text'],
    ...['complete', 'completed', 'finish', 'finished', 'done', 'normal', 'success', 'pause_turn'],
    ...['tool_call', 'tool_calls', 'tool_use', 'function_call', 'function_calls'],
  ],
  length: [
    ...['length', 'max_length', 'model_length', 'max_tokens', 'max_new_tokens', 'max_output_tokens'],
    ...['max_completion_tokens', 'token_limit', 'tokens_limit', 'length_limit', 'truncated', 'incomplete'],
    ...['context_length', 'context_length_exceeded', 'context_window_exceeded', 'model_context_window_exceeded'],
  ],
  'content-filter': [
    ...['content_filter', 'content_filtered', 'contentfilter', 'content_policy', 'content_moderation', 'moderation'],
    ...['sensitive', 'refusal', 'refused', 'safety', 'image_safety', 'recitation', 'blocklist', 'blocked', 'spii'],
    ...['prohibited_content', 'guardrail', 'guardrail_intervened', 'guardrails', 'policy_violation', 'censored'],
  ],
  failed: [
    ...['error', 'errored', 'failed', 'failure', 'fail', 'abort', 'aborted', 'cancel', 'canceled', 'cancelled'],
    ...['insufficient_system_resource', 'insufficient_system_resources', 'overloaded', 'network_error'],
    ...['internal_error', 'server_error', 'timeout', 'timed_out', 'interrupted', 'malformed_function_call'],
    ...['unexpected_tool_call', 'too_many_tool_calls', 'model_error'],
  ],
};

const meanings = new Map(
  Object.entries(words).flatMap(([meaning, said]) => said.map((word) => [word, meaning as FinishMeaning] as const)),
);

/** Maps a value in any case and spelling: `MAX_TOKENS`, `max-tokens`, `MaxTokens`, `content_filter: PROHIBITED`. */
export function meaningOf(said: string): FinishMeaning {
  const [word = ''] = said
    .trim()
    .slice(0, 200)
    .split(/[:,;.(/]/, 1);
  const spelled = word
    .trim()
    .replace(/([a-z])(?=[A-Z])/g, '$1_')
    .replace(/[-_ ]+/g, '_')
    .toLowerCase();
  return meanings.get(spelled) ?? meanings.get(spelled.replace(/^finish_reason_/, '')) ?? 'unknown';
}
