// The AI SDK's UI message stream v1 (docs/ai-sdk.md). Only the part types and finish reasons that `ai` 5, 6 and 7 all accept.
import { type EndEvent, type FinishReason, failureMessages, headers, type StreamEvent } from '@sillage/protocol';
import { expiringComment, type Notices, revocation } from './notices.ts';
import { blocksOf, type EncodedRead, type StreamEncoder, type StreamMessage } from './stream-encoder.ts';

/** The type of the open part of a message, and its id. */
interface OpenPart {
  readonly type: 'text' | 'reasoning';
  readonly id: string;
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content-filter',
  stopped: 'other',
  interrupted: 'error',
  error: 'error',
};

const notices: Notices = {
  expiring: expiringComment,
  revoked: `data: ${JSON.stringify({ type: 'error', errorText: revocation.error })}\n\ndata: [DONE]\n\n`,
};

/** Encodes a reply as `start`, its reasoning and text in parts, `finish` and `[DONE]`. */
export class UiMessageEncoder implements StreamEncoder {
  readonly headers: Readonly<Record<string, string>>;
  readonly beginning: string;
  readonly notices = notices;
  readonly #streamId: string;
  readonly #message: StreamMessage;
  #open: OpenPart | undefined;
  #parts = 0;

  constructor({ streamId, after }: EncodedRead, message: StreamMessage) {
    this.headers = { [headers.streamId]: streamId, 'x-vercel-ai-ui-message-stream': 'v1' };
    this.beginning = blocksOf(
      [{ type: 'start', messageId: message.id }, { type: 'start-step' }],
      `${streamId}/${after}`,
    );
    this.#streamId = streamId;
    this.#message = message;
  }

  encode(event: StreamEvent): string {
    const id = `${this.#streamId}/${event.offset}`;
    if (event.type === 'end') return `${blocksOf([...this.#close(), ...this.#end(event)], id)}data: [DONE]\n\n`;
    const parts: object[] = this.#open?.type === event.type ? [] : [...this.#close(), this.#begin(event.type)];
    parts.push({ type: `${event.type}-delta`, id: this.#open?.id, delta: event.text });
    return blocksOf(parts, id);
  }

  #begin(type: OpenPart['type']): object {
    this.#open = { type, id: `${type}-${++this.#parts}` };
    return { type: `${type}-start`, id: this.#open.id };
  }

  #close(): object[] {
    const open = this.#open;
    this.#open = undefined;
    return open === undefined ? [] : [{ type: `${open.type}-end`, id: open.id }];
  }

  /** A client reads nothing behind `error`, so the metadata comes before it as well. */
  #end(end: EndEvent): object[] {
    const messageMetadata = metadataOf(end, this.#message.model);
    const { code, error = code && failureMessages[code] } = end;
    return [
      { type: 'finish-step' },
      ...(error === undefined
        ? []
        : [
            { type: 'message-metadata', messageMetadata },
            { type: 'error', errorText: error },
          ]),
      ...(end.finishReason === 'stopped' ? [{ type: 'abort' }] : []),
      { type: 'finish', finishReason: finishReasons[end.finishReason], messageMetadata },
    ];
  }
}

/** What a page may show below a reply: the end in our words, and the token counts also as the AI SDK names them. */
function metadataOf({ type, offset, usage, error, ...end }: EndEvent, model: string | undefined): object {
  return {
    ...(model !== undefined && { model }),
    ...end,
    ...(usage && {
      usage: {
        ...usage,
        inputTokens: usage.promptTokens,
        outputTokens: usage.completionTokens,
        totalTokens: usage.promptTokens + usage.completionTokens,
      },
    }),
  };
}
