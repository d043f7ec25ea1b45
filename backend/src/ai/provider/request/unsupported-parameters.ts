// Removes or rewrites parameters that a provider rejects by name. The result is remembered per model until the process
// ends.
import type {
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';

type Request = ChatCompletionCreateParamsStreaming;

/** Adaptation of a request for a provider that does not support one parameter. */
export interface Adaptation {
  readonly name: string;
  /** Pattern that identifies the rejection in the provider's error text, in lower case. */
  readonly errorPattern: RegExp;
  readonly isIn: (request: Request) => boolean;
  readonly adapt: (request: Request) => Request;
}

/** Adaptations in order of precedence, for messages that name several parameters. */
const adaptations: readonly Adaptation[] = [
  {
    name: 'max_tokens or max_completion_tokens',
    errorPattern: /max_tokens|max_completion_tokens/,
    isIn: ({ max_tokens, max_completion_tokens }) => (max_tokens ?? max_completion_tokens) != null,
    adapt: ({ max_tokens, max_completion_tokens, ...request }) =>
      max_tokens != null
        ? { ...request, max_completion_tokens: max_tokens }
        : { ...request, max_tokens: max_completion_tokens ?? null },
  },
  {
    name: 'stream_options',
    errorPattern: /stream_options|include_usage/,
    isIn: ({ stream_options }) => stream_options != null,
    adapt: ({ stream_options: _, ...request }) => request,
  },
  {
    name: 'temperature',
    errorPattern: /temperature/,
    isIn: ({ temperature }) => temperature != null,
    adapt: ({ temperature: _, ...request }) => request,
  },
  {
    name: 'safety_identifier',
    errorPattern: /safety_identifier/,
    isIn: (request) => 'safety_identifier' in request,
    adapt: ({ safety_identifier: _, ...request }) => request,
  },
  {
    name: 'system role',
    errorPattern:
      /system (role|message|prompt|instruction)|role.{0,40}\bsystem\b|\bsystem\b.{0,40}role|developer instruction|roles must alternate/,
    isIn: ({ messages }) => messages.some(isSystem),
    adapt: (request) => ({ ...request, messages: withoutSystem(request.messages) }),
  },
];

const mostModels = 1_000;

/** Adaptations per model of one provider. */
export class UnsupportedParameters {
  readonly #found = new Map<string, readonly Adaptation[]>();

  /** Returns the request with the known adaptations of its model. */
  adapted(request: Request): Request {
    const found = this.#found.get(request.model) ?? [];
    return found.reduce((adapted, { isIn, adapt }) => (isIn(adapted) ? adapt(adapted) : adapted), request);
  }

  /** Returns an adaptation that fits an error text and the request; `undefined` if there is none. */
  find(said: string, request: Request, tried: ReadonlyMap<string, Adaptation>): Adaptation | undefined {
    const words = said.toLowerCase();
    return adaptations.find(
      ({ name, errorPattern, isIn }) => !tried.has(name) && errorPattern.test(words) && isIn(request),
    );
  }

  /** Stores a successful adaptation. Returns whether it is new. */
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

/** Moves the system prompt to the beginning of the first user message. */
function withoutSystem(messages: readonly ChatCompletionMessageParam[]): ChatCompletionMessageParam[] {
  const prompt = messages.filter(isSystem).map(({ content }) => (typeof content === 'string' ? content : ''));
  const others = messages.filter((message) => !isSystem(message));
  const [first, ...rest] = others;
  if (first?.role !== 'user' || typeof first.content !== 'string') return others;
  return [{ ...first, content: [...prompt, first.content].join('\n\n') }, ...rest];
}
