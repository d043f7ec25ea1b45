// A completion request that is sent before its stream is stored, so that the provider works while the database commits. Its
// events are held until a generation takes them.
import type { Usage } from '@sillage/protocol';
import type { CompletionOptions } from '../../ai/ai.service.ts';
import type { FittedContext } from '../../ai/context/context-fitter.ts';
import type { ModelEvent } from '../../ai/model-event.ts';
import type { TraceSpan } from '../../observing/tracing.ts';
import type { PreparedChat } from '../hooks.ts';

/** What is sent to the model. */
export type Context = FittedContext & Pick<PreparedChat, 'systemPrompt' | 'provider'>;

/** How it is sent, and the conversation of the reply. */
export interface Completion {
  readonly sessionId: string | undefined;
  readonly model: string;
  readonly temperature: number | undefined;
  readonly maxTokens: number | undefined;
}

/** Sends a completion request and returns its events; they end when `signal` aborts. */
type Send = (
  options: Required<Pick<CompletionOptions, 'signal' | 'onProvider' | 'onUsage'>>,
) => AsyncGenerator<ModelEvent, void, unknown>;

/** Sent when it is created. Its owner cancels it, or gives it to a generation, which has its `abort` from then on. */
export class SentCompletion {
  readonly request: Completion;
  readonly context: Context;
  /** The span of the generation, which includes the request. */
  readonly span: TraceSpan;
  /** Closes the connection to the provider. */
  readonly abort = new AbortController();
  /** The events of the reply, from the first one. */
  readonly events: AsyncGenerator<ModelEvent, void, unknown>;
  /** The name of the provider that replies, once it is known, where several are configured. */
  provider: string | undefined;
  /** The latest usage that the provider has sent. */
  partial: Usage | undefined;

  constructor(send: Send, { request, context, span }: Pick<SentCompletion, 'request' | 'context' | 'span'>) {
    this.request = request;
    this.context = context;
    this.span = span;
    this.events = span.run(() =>
      begun(
        send({
          signal: this.abort.signal,
          onProvider: (name) => {
            this.provider = name;
          },
          onUsage: (usage) => {
            this.partial = usage;
          },
        }),
      ),
    );
  }

  /** Closes the connection to the provider: the stream of the request was not created. */
  cancel(): void {
    this.abort.abort();
    this.events.return().catch(() => {}); // its clean-up, if the first event has arrived
    this.span.end();
  }
}

/** Starts a generator at once. The consumer gets the result of this first step first. */
function begun<T>(generator: AsyncGenerator<T, void, unknown>): AsyncGenerator<T, void, unknown> {
  let first: Promise<IteratorResult<T, void>> | undefined = generator.next();
  first.catch(() => {}); // the consumer gets the error, if there is one
  const next = generator.next.bind(generator);
  generator.next = () => {
    const step = first ?? next();
    first = undefined;
    return step;
  };
  return generator;
}
