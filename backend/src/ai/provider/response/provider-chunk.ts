// Parses one chunk of an OpenAI-compatible stream with JSON.parse: the reference for every faster parser.
// https://platform.openai.com/docs/api-reference/chat-streaming
import type { Usage } from '@sillage/protocol';
import type { DeltaKind } from '../../model-event.ts';
import { usageOf } from './provider-usage.ts';

/** Text that one chunk adds to the reply or to the reasoning. */
interface Delta {
  readonly kind: DeltaKind;
  readonly text: string;
}

/** Contents of one chunk. `finishReason` and `error` are unchanged from the provider. */
export interface ProviderChunk {
  readonly deltas: readonly Delta[];
  /** Whether the deltas contain the whole reply so far instead of an addition to it. */
  readonly isWhole?: true;
  readonly finishReason?: string;
  readonly usage?: Usage;
  readonly error?: unknown;
  /** The model that the provider names. */
  readonly model?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Parses a chunk; unknown fields are ignored.
 *  @throws {SyntaxError} when it is no JSON object. */
export function readChunk(data: string): ProviderChunk {
  const chunk: unknown = JSON.parse(data);
  if (typeof chunk !== 'object' || chunk === null || Array.isArray(chunk)) {
    throw new SyntaxError('A chunk of the provider is no object.');
  }
  const fields = chunk as Fields;
  const choice = choiceOf(fields);
  const error = errorOf(fields, choice);
  if (error !== undefined) return { deltas: [], error };

  const hasDelta = isObject(choice.delta);
  const finishReason = choice.finish_reason ?? choice.finishReason;
  const usage = usageIn(fields, choice);
  return {
    deltas: deltasOf(fieldsOf(hasDelta ? choice.delta : choice.message)),
    ...(!hasDelta && isObject(choice.message) && { isWhole: true }),
    ...(isText(finishReason) && { finishReason }),
    ...(usage && { usage }),
    ...(isText(fields.model) && { model: fields.model }),
  };
}

/** Finds the first choice. A line of Ollama's own stream is a choice itself:
 *  https://github.com/ollama/ollama/blob/main/docs/api.md */
function choiceOf({ choices, message, done, done_reason }: Fields): Fields {
  if (Array.isArray(choices)) return fieldsOf(choices[0]);
  if (!isObject(message) || typeof done !== 'boolean') return {};
  return { delta: message, ...(done && { finish_reason: isText(done_reason) ? done_reason : 'stop' }) };
}

/** Finds an error beside the choices, within one, or in the formats of MiniMax (`base_resp`), Cloudflare (`errors`) and of
 *  gateways. */
function errorOf(chunk: Fields, choice: Fields): unknown {
  if (chunk.error) return typeof chunk.error === 'object' ? chunk.error : chunk;
  if (choice.error) return choice.error;
  if (chunk.object === 'error' || chunk.type === 'error') return chunk;
  if (chunk.choices === undefined && Array.isArray(chunk.errors) && chunk.errors.length > 0) return chunk.errors;
  const { status_code } = fieldsOf(chunk.base_resp);
  if (status_code !== undefined && status_code !== null && Number(status_code) !== 0) return chunk.base_resp;
  const isBare = chunk.choices === undefined && (isText(chunk.detail) || isText(chunk.message));
  return isBare && (chunk.code !== undefined || chunk.detail !== undefined) ? chunk : undefined;
}

function deltasOf({ reasoning_content, reasoning, reasoning_details, thinking, content, refusal }: Fields): Delta[] {
  // Some providers send the same reasoning in two fields.
  const thought = [reasoning_content, reasoning, thinking, reasoning_details].find((value) => !isEmpty(value));
  return [...partsOf(thought, 'reasoning'), ...partsOf(content, 'text'), ...partsOf(refusal, 'text')];
}

const deepestPart = 8;

/** Extracts text from content: a string, a number, or parts, which may be nested. Unknown parts are skipped. */
function partsOf(value: unknown, kind: DeltaKind, depth = 0): Delta[] {
  if (typeof value === 'string') return value === '' ? [] : [{ kind, text: value }];
  if (typeof value === 'number') return [{ kind, text: String(value) }];
  if (depth > deepestPart || !isObject(value)) return [];
  if (Array.isArray(value)) return value.flatMap((part) => partsOf(part, kind, depth + 1));
  const { type, text, thinking, reasoning, summary, content } = value as Fields;
  const name = isText(type) ? type : 'text';
  if (/think|reason/i.test(name)) {
    const thought = [thinking, reasoning, text, summary, content].find((inner) => !isEmpty(inner));
    return partsOf(thought, 'reasoning', depth + 1);
  }
  return /text|refusal/i.test(name) ? partsOf(text ?? content, kind, depth + 1) : [];
}

/** Finds the usage in the chunk, in its choice (Kimi), in `x_groq` (Groq), or in Ollama's own fields. */
function usageIn(chunk: Fields, choice: Fields): Usage | undefined {
  const places = [chunk.usage, choice.usage, fieldsOf(chunk.x_groq).usage, chunk];
  for (const place of places) {
    const usage = usageOf(fieldsOf(place));
    if (usage !== undefined) return usage;
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? (value as Fields) : {};
}
