// Reads one chunk of an OpenAI-compatible stream: the plain way, by JSON.parse, and what every faster way must equal.
// https://platform.openai.com/docs/api-reference/chat-streaming
import type { Usage } from '@sillage/protocol';
import type { DeltaKind } from '../model-event.ts';

/** Is the text that one chunk adds to the reply or to the reasoning. */
interface Delta {
  readonly kind: DeltaKind;
  readonly text: string;
}

/** Is all that one chunk says; `finishReason` in the provider's words, `error` as the provider sent it. */
export interface ProviderChunk {
  readonly deltas: readonly Delta[];
  readonly finishReason?: string;
  readonly usage?: Usage;
  readonly error?: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads a chunk; what it does not know it skips.
 *  @throws {SyntaxError} when it is no JSON object. */
export function readChunk(data: string): ProviderChunk {
  const chunk: unknown = JSON.parse(data);
  if (typeof chunk !== 'object' || chunk === null || Array.isArray(chunk)) {
    throw new SyntaxError('A chunk of the provider is no object.');
  }
  const { choices, error, object, usage } = chunk as Fields;
  if (error) return { deltas: [], error };
  if (object === 'error') return { deltas: [], error: chunk };

  const choice = fieldsOf(Array.isArray(choices) ? choices[0] : undefined);
  const finishReason = choice.finish_reason;
  const counted = usageOf(fieldsOf(usage)) ?? usageOf(fieldsOf(choice.usage));
  return {
    deltas: deltasOf(fieldsOf(choice.delta)),
    ...(isText(finishReason) && { finishReason }),
    ...(counted && { usage: counted }),
  };
}

function deltasOf({ reasoning_content, reasoning, content, refusal }: Fields): Delta[] {
  const deltas: Delta[] = [];
  const thought = isText(reasoning_content) ? reasoning_content : reasoning;
  if (isText(thought)) deltas.push({ kind: 'reasoning', text: thought });
  if (isText(content)) deltas.push({ kind: 'text', text: content });
  if (isText(refusal)) deltas.push({ kind: 'text', text: refusal });
  return deltas;
}

/** Reads usage, which some providers put into the choice; both counts must be usable. */
function usageOf({ prompt_tokens, completion_tokens }: Fields): Usage | undefined {
  const [promptTokens, completionTokens] = [countOf(prompt_tokens), countOf(completion_tokens)];
  if (promptTokens === undefined || completionTokens === undefined) return undefined;
  return { promptTokens, completionTokens };
}

/** Reads a count of tokens: a number from 0 to 2^53-1, a fraction rounded up. Anything else is ignored. */
function countOf(value: unknown): number | undefined {
  if (typeof value !== 'number' || value < 0) return undefined;
  const count = Math.ceil(value);
  return Number.isSafeInteger(count) ? count + 0 : undefined; // + 0: a provider's `-0` is 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
