// The events of AG-UI 1.0 (https://docs.ag-ui.com), which CopilotKit and other clients read.
import { type EndEvent, failureMessages, headers, type StreamEvent } from '@sillage/protocol';
import { expiringComment, type Notices, revocation } from './notices.ts';
import { blocksOf, type EncodedRead, type StreamEncoder, type StreamMessage } from './stream-encoder.ts';

/** The run that a client has asked for. */
export interface AgUiRun {
  readonly threadId: string;
  readonly runId: string;
}

/** An open part of the reply: in AG-UI, reasoning and text are messages of their own. */
interface OpenPart {
  readonly type: 'text' | 'reasoning';
  readonly messageId: string;
}

const { error: message, code } = revocation;
const notices: Notices = {
  expiring: expiringComment,
  revoked: `data: ${JSON.stringify({ type: 'RUN_ERROR', message, code })}\n\n`,
};

/** Encodes a reply as one run: `RUN_STARTED`, its reasoning and text as messages, `RUN_FINISHED` or `RUN_ERROR`. */
export class AgUiEncoder implements StreamEncoder {
  readonly headers: Readonly<Record<string, string>>;
  readonly beginning: string;
  readonly notices = notices;
  readonly #streamId: string;
  readonly #message: StreamMessage;
  readonly #run: AgUiRun;
  #open: OpenPart | undefined;
  readonly #parts = { text: 0, reasoning: 0 };

  constructor({ streamId, after }: EncodedRead, message: StreamMessage, { threadId, runId }: AgUiRun) {
    this.#run = { threadId, runId };
    this.headers = { [headers.streamId]: streamId };
    this.beginning = blocksOf([{ type: 'RUN_STARTED', ...this.#run }], `${streamId}/${after}`);
    this.#streamId = streamId;
    this.#message = message;
  }

  encode(event: StreamEvent): string {
    const id = `${this.#streamId}/${event.offset}`;
    if (event.type === 'end') return blocksOf([...this.#close(), this.#end(event)], id);
    const events = this.#open?.type === event.type ? [] : [...this.#close(), ...this.#begin(event.type)];
    const type = event.type === 'text' ? 'TEXT_MESSAGE_CONTENT' : 'REASONING_MESSAGE_CONTENT';
    events.push({ type, messageId: this.#open?.messageId, delta: event.text });
    return blocksOf(events, id);
  }

  #begin(type: OpenPart['type']): object[] {
    const messageId = this.#messageId(type);
    this.#open = { type, messageId };
    if (type === 'text') return [{ type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' }];
    return [
      { type: 'REASONING_START', messageId },
      { type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' },
    ];
  }

  #close(): object[] {
    const open = this.#open;
    this.#open = undefined;
    if (open === undefined) return [];
    const { type, messageId } = open;
    if (type === 'text') return [{ type: 'TEXT_MESSAGE_END', messageId }];
    return [
      { type: 'REASONING_MESSAGE_END', messageId },
      { type: 'REASONING_END', messageId },
    ];
  }

  /** The text has the id of the stored message, so that the client's next request names it. */
  #messageId(type: OpenPart['type']): string {
    const { id } = this.#message;
    const count = ++this.#parts[type];
    return type === 'text' && count === 1 ? id : `${id}-${type}-${count}`;
  }

  #end({ finishReason, code, error = code && failureMessages[code], usage: tokens }: EndEvent): object {
    const { model } = this.#message;
    const { promptTokens: inputTokens = 0, completionTokens: outputTokens = 0 } = tokens ?? {};
    const totalTokens = inputTokens + outputTokens;
    const usage = tokens && { usage: [{ ...(model && { model }), inputTokens, outputTokens, totalTokens }] };
    if (error !== undefined) return { type: 'RUN_ERROR', message: error, code, ...usage };
    const outcome = { type: finishReason === 'stopped' ? 'cancelled' : 'success' };
    return { type: 'RUN_FINISHED', ...this.#run, outcome, result: { finishReason }, ...usage };
  }
}
