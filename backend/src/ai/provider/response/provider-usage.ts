// Reads the token counts of a provider and converts them to those of OpenAI, whose prompt tokens include what was read from a
// cache and whose completion tokens include the reasoning. Where a total is larger than both, the rest tells how to convert.
import type { Usage } from '@sillage/protocol';

type Fields = Readonly<Record<string, unknown>>;

/** Converts the `usage` of a provider; `undefined` without valid counts of the prompt and of the completion, of which the total
 *  may replace one. */
export function usageOf(fields: Fields): Usage | undefined {
  const total = countOf(fields.total_tokens);
  const saidPrompt = countOf(fields.prompt_tokens ?? fields.input_tokens ?? fields.prompt_eval_count);
  const saidCompletion = countOf(fields.completion_tokens ?? fields.output_tokens ?? fields.eval_count);
  const prompt = saidPrompt ?? remaining(total, saidCompletion);
  const completion = saidCompletion ?? remaining(total, saidPrompt);
  if (prompt === undefined || completion === undefined) return undefined;

  const cache = cacheCounts(fields);
  const saidReasoning = reasoningCount(fields);
  const rest = Math.max(0, (total ?? 0) - prompt - completion);
  const apart = partsOf(rest, { ...cache, reasoning: saidReasoning });
  const promptTokens = prompt + apart.prompt;
  const completionTokens = completion + apart.reasoning;
  const reasoningTokens = apart.reasoning > 0 ? apart.reasoning : saidReasoning;
  return {
    promptTokens,
    completionTokens,
    ...(cache.read !== undefined && cache.read <= promptTokens && { cachedTokens: cache.read }),
    ...(reasoningTokens !== undefined && reasoningTokens <= completionTokens && { reasoningTokens }),
  };
}

interface Details {
  readonly read: number | undefined;
  readonly written: number | undefined;
  readonly reasoning: number | undefined;
}

/** Divides the part of the total that is in neither count. xAI and Gemini count the reasoning only in the total, and Gemini does
 *  not name it; gateways to Anthropic and Bedrock count what a cache read or wrote only there. Any other rest is not charged. */
function partsOf(rest: number, { read = 0, written = 0, reasoning }: Details): { prompt: number; reasoning: number } {
  const cached = [read + written, read, written].filter((count) => count > 0);
  const thought = reasoning ?? 0;
  if (rest === reasoning) return { prompt: 0, reasoning: rest };
  for (const prompt of cached) {
    if (rest === prompt) return { prompt, reasoning: 0 };
    if (rest === prompt + thought) return { prompt, reasoning: thought };
  }
  return { prompt: 0, reasoning: reasoning === undefined ? rest : 0 };
}

function cacheCounts(fields: Fields): { read: number | undefined; written: number | undefined } {
  const { cached_tokens, cache_write_tokens, cache_creation_tokens } = fieldsOf(
    fields.prompt_tokens_details ?? fields.input_tokens_details,
  );
  const read =
    cached_tokens ?? fields.prompt_cache_hit_tokens ?? fields.cached_tokens ?? fields.cache_read_input_tokens;
  const written = fields.cache_creation_input_tokens ?? cache_write_tokens ?? cache_creation_tokens;
  return { read: countOf(read), written: countOf(written) };
}

function reasoningCount(fields: Fields): number | undefined {
  const { reasoning_tokens } = fieldsOf(fields.completion_tokens_details ?? fields.output_tokens_details);
  return countOf(reasoning_tokens ?? fields.reasoning_tokens);
}

function remaining(total: number | undefined, count: number | undefined): number | undefined {
  return total !== undefined && count !== undefined && total >= count ? total - count : undefined;
}

/** More tokens than any reply has. The sum of a day stays below 2^53, beyond which it could not be read. */
const mostTokens = 1e10;

/** Returns a token count if it is a number from 0 to `mostTokens`; a fraction is rounded up. */
function countOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0 && value <= mostTokens)) return undefined;
  return Math.ceil(value) + 0;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
