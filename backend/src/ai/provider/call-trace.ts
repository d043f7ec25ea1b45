// The span of one completion request, over its retries, with the GenAI conventions of OpenTelemetry:
// https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/. It holds no texts and no credentials.
import type { TraceSpan, Tracing } from '../../observing/tracing.ts';
import type { ProviderSettings } from '../ai-options.ts';
import type { ClosedReply } from './response/read-reply.ts';

/** What is requested. */
export interface TracedCall {
  readonly model: string;
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly provider: ProviderSettings | undefined;
}

/** Names of the conventions for well-known hosts. */
const providerNames: readonly (readonly [RegExp, string])[] = [
  [/\.openai\.azure\.com$/, 'azure.ai.openai'],
  [/\.anthropic\.com$/, 'anthropic'],
  [/\.deepseek\.com$/, 'deepseek'],
  [/\.groq\.com$/, 'groq'],
  [/\.mistral\.ai$/, 'mistral_ai'],
  [/\.perplexity\.ai$/, 'perplexity'],
  [/\.x\.ai$/, 'x_ai'],
  [/^generativelanguage\.googleapis\.com$/, 'gcp.gemini'],
];

/** Traces one call; created with it, and closed by `end` if `run` was called. */
export class CallTrace {
  readonly #tracing: Tracing;
  readonly #call: TracedCall;
  #startedAt = 0;
  #span: TraceSpan | undefined;

  constructor(tracing: Tracing, call: TracedCall) {
    this.#tracing = tracing;
    this.#call = call;
  }

  /** Starts the span and sends the request within it, so that the provider gets the id of the span. */
  run<Result>(send: () => Result): Result {
    const { model, temperature, maxTokens, provider } = this.#call;
    this.#startedAt = performance.now();
    this.#span = this.#tracing.start(
      `chat ${model}`,
      {
        'gen_ai.operation.name': 'chat',
        'gen_ai.request.model': model,
        ...(temperature !== undefined && { 'gen_ai.request.temperature': temperature }),
        ...(maxTokens !== undefined && { 'gen_ai.request.max_tokens': maxTokens }),
        ...(provider && serverOf(provider)),
      },
      'client',
    );
    return this.#span.run(send);
  }

  /** Notes the first token. */
  began(): void {
    this.#span?.note('first_token');
    this.#span?.set({ 'gen_ai.response.time_to_first_chunk': (performance.now() - this.#startedAt) / 1000 });
  }

  end({ model, usage, finishReason, failure }: ClosedReply): void {
    if (this.#span === undefined) return;
    this.#span.set({
      ...(model !== undefined && { 'gen_ai.response.model': model }),
      ...(usage && {
        'gen_ai.usage.input_tokens': usage.promptTokens,
        'gen_ai.usage.output_tokens': usage.completionTokens,
      }),
      ...(finishReason && { 'gen_ai.response.finish_reasons': [finishReason.replace('-', '_')] }),
    });
    if (failure !== undefined) this.#span.fail(failure.code, (failure.cause as Error | undefined)?.message);
    this.#span.end();
  }
}

function serverOf({ name, apiUrl }: ProviderSettings) {
  const { hostname, port, protocol } = new URL(apiUrl);
  const known = providerNames.find(([pattern]) => pattern.test(hostname))?.[1];
  return {
    'gen_ai.provider.name': name ?? known ?? 'openai',
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
  };
}
