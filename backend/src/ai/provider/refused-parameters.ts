// What a provider refuses by name is left out, or said in other words. The finding is kept for the model as long as the
// process lives.
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';

type Request = ChatCompletionCreateParamsStreaming;

/** Something that a request can do without. */
export interface Adaptation {
  readonly name: string;
  /** Says that it is refused; compared with what the provider says, in lower case. */
  readonly refusal: RegExp;
  readonly isIn: (request: Request) => boolean;
  readonly adapt: (request: Request) => Request;
}

/** In order: where a message names two, the first is meant. */
const adaptations: readonly Adaptation[] = [
  {
    name: 'max_tokens or max_completion_tokens',
    refusal: /max_tokens|max_completion_tokens/,
    isIn: ({ max_tokens, max_completion_tokens }) => (max_tokens ?? max_completion_tokens) != null,
    adapt: ({ max_tokens, max_completion_tokens, ...request }) =>
      max_tokens != null
        ? { ...request, max_completion_tokens: max_tokens }
        : { ...request, max_tokens: max_completion_tokens ?? null },
  },
  {
    name: 'stream_options',
    refusal: /stream_options|include_usage/,
    isIn: ({ stream_options }) => stream_options != null,
    adapt: ({ stream_options: _, ...request }) => request,
  },
  {
    name: 'temperature',
    refusal: /temperature/,
    isIn: ({ temperature }) => temperature != null,
    adapt: ({ temperature: _, ...request }) => request,
  },
  {
    name: 'safety_identifier',
    refusal: /safety_identifier/,
    isIn: (request) => 'safety_identifier' in request,
    adapt: ({ safety_identifier: _, ...request }) => request,
  },
  {
    name: 'system role',
    refusal:
      /system (role|message|prompt|instruction)|role.{0,40}\bsystem\b|\bsystem\b.{0,40}role|developer instruction|roles must alternate/,
    isIn: ({ messages }) => messages.some(isSystem),
    adapt: (request) => ({ ...request, messages: withoutSystem(request.messages) }),
  },
];

const mostModels = 1_000;

/** Knows what each model of one provider refuses. */
export class RefusedParameters {
  readonly #found = new Map<string, readonly Adaptation[]>();

  /** Returns the request as its model is known to take it. */
  adapted(request: Request): Request {
    const found = this.#found.get(request.model) ?? [];
    return found.reduce((adapted, { isIn, adapt }) => (isIn(adapted) ? adapt(adapted) : adapted), request);
  }

  /** Returns what a refusal names that the request can do without; `undefined` when it names nothing. */
  find(said: string, request: Request, tried: ReadonlyMap<string, Adaptation>): Adaptation | undefined {
    const words = said.toLowerCase();
    return adaptations.find(({ name, refusal, isIn }) => !tried.has(name) && refusal.test(words) && isIn(request));
  }

  /** Keeps what has helped; returns whether it is new. */
  keep(model: string, adaptation: Adaptation): boolean {
    const found = this.#found.get(model) ?? [];
    if (found.includes(adaptation) || this.#found.size >= mostModels) return false;
    this.#found.set(model, [...found, adaptation]);
    return true;
  }
}

function isSystem({ role }: ChatCompletionMessageParam): boolean {
  return role === 'system' || role === 'developer';
}

/** Says the system prompt at the beginning of the first message of the user. */
function withoutSystem(messages: readonly ChatCompletionMessageParam[]): ChatCompletionMessageParam[] {
  const prompt = messages.filter(isSystem).map(({ content }) => (typeof content === 'string' ? content : ''));
  const others = messages.filter((message) => !isSystem(message));
  const [first, ...rest] = others;
  if (first?.role !== 'user' || typeof first.content !== 'string') return others;
  return [{ ...first, content: [...prompt, first.content].join('\n\n') }, ...rest];
}
