// One stream of the programmable server: its events so far, and their wire format byte for byte.
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import {
  type EndEvent,
  type FinishReason,
  formatEventId,
  frameOf,
  headers,
  isInsidePair,
  limits,
  type StreamEvent,
  type StreamId,
} from '@sillage/protocol';
import type { ConnectionPlan } from './connection-plan.ts';

/** An event, or a frame that this version of the protocol does not know. */
type ProgrammedEvent = StreamEvent | { readonly type: 'raw'; readonly data: string; readonly offset: number };

/** A stream that a test writes; readers connect at any offset. */
export class ProgrammedStream {
  readonly streamId: StreamId;
  offset = 0;
  finishReason: FinishReason | undefined;
  /** Callback, called once at the end. */
  onEnd: (end: Partial<EndEvent>) => void = () => {};
  readonly #events: ProgrammedEvent[] = [];
  readonly #readers = new Set<() => void>();

  constructor(streamId: StreamId) {
    this.streamId = streamId;
  }

  get isEnded(): boolean {
    return this.finishReason !== undefined;
  }

  /** Text of the reply so far. */
  get content(): string {
    return this.#events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  }

  /** Appends text to the reply, one event per argument. Readers receive it at once. */
  text(...texts: string[]): this {
    for (const text of texts) this.#add({ type: 'text', text, offset: this.offset + text.length });
    return this;
  }

  reasoning(text: string): this {
    return this.#add({ type: 'reasoning', text, offset: this.offset + text.length });
  }

  /** Appends a raw frame, which advances the offset by `length`: one of a newer server, or an invalid one. */
  raw(data: string, { length = 1 }: { length?: number } = {}): this {
    return this.#add({ type: 'raw', data, offset: this.offset + length });
  }

  /** Ends the stream; a second call does nothing. */
  end(
    finishReason: FinishReason = 'stop',
    more: Partial<Omit<EndEvent, 'type' | 'offset' | 'finishReason'>> = {},
  ): this {
    if (this.isEnded) return this;
    this.finishReason = finishReason;
    this.#add({ type: 'end', finishReason, ...more, offset: this.offset + 1 });
    this.onEnd(more);
    return this;
  }

  /** Serves one reader until the end, a cut, or the reader's disconnect. */
  async serve(
    response: ServerResponse,
    { after, plan, heartbeatMs }: { after: number; plan: ConnectionPlan; heartbeatMs: number },
  ): Promise<void> {
    response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache, no-transform',
      'X-Accel-Buffering': 'no',
      'X-Content-Type-Options': 'nosniff',
      ...(!plan.hidesStreamId && { [headers.streamId]: this.streamId }),
    });
    response.flushHeaders();
    if (plan.silent === 'body') return;
    const wire = new Wire(response, plan);
    const heartbeat = setInterval(() => void wire.write(': heartbeat\n\n'), heartbeatMs);
    let wake = () => {};
    const reader = () => wake();
    this.#readers.add(reader);
    response.on('close', reader);
    try {
      await wire.write(`id: ${formatEventId({ streamId: this.streamId, offset: after })}\n\n`);
      for (let count = 0; wire.isOpen; ) {
        const event = this.#nextBehind(after);
        if (event === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            if (!wire.isOpen) resolve();
          });
          continue;
        }
        await wire.write(this.#frame(event));
        after = event.offset;
        if (event.type === 'end') response.end();
        else if (++count === plan.cutAfterEvents) wire.cut();
      }
    } finally {
      clearInterval(heartbeat);
      this.#readers.delete(reader);
    }
  }

  #add(event: ProgrammedEvent): this {
    this.#events.push(event);
    this.offset = event.offset;
    for (const reader of this.#readers) reader();
    return this;
  }

  /** Returns the events after `after`. Consecutive text is merged up to the maximum event size. */
  #nextBehind(after: number): ProgrammedEvent | undefined {
    const first = this.#events.findIndex((event) => event.offset > after);
    const event = this.#events[first];
    if (event?.type !== 'text' && event?.type !== 'reasoning') return event;
    let text = event.text.slice(after - event.offset);
    for (let next = first + 1; text.length < limits.eventLength; next++) {
      const more = this.#events[next];
      if (more?.type !== event.type) break;
      text += more.text;
    }
    const length = Math.min(text.length, limits.eventLength);
    const whole = isInsidePair(text, length) ? length - 1 : length;
    return { ...event, text: text.slice(0, whole), offset: after + whole };
  }

  #frame(event: ProgrammedEvent): string {
    const data = event.type === 'raw' ? event.data : JSON.stringify(frameOf(event));
    return `id: ${formatEventId({ streamId: this.streamId, offset: event.offset })}\ndata: ${data}\n\n`;
  }
}

/** Writes a response as its plan specifies: in pieces and up to its byte limit. */
class Wire {
  readonly #response: ServerResponse;
  readonly #plan: ConnectionPlan;
  #written = 0;
  #piece = 0;
  #isCut = false;

  constructor(response: ServerResponse, plan: ConnectionPlan) {
    this.#response = response;
    this.#plan = plan;
  }

  get isOpen(): boolean {
    return !this.#isCut && !this.#response.destroyed && !this.#response.writableEnded;
  }

  async write(text: string): Promise<void> {
    const { cutAfterBytes = Number.POSITIVE_INFINITY, pieces = [] } = this.#plan;
    for (let bytes = Buffer.from(text); bytes.length > 0 && this.isOpen; ) {
      const piece = pieces[Math.min(this.#piece++, pieces.length - 1)] ?? bytes.length;
      const allowed = Math.min(bytes.length, piece, cutAfterBytes - this.#written);
      const isFull = !this.#response.write(bytes.subarray(0, allowed));
      this.#written += allowed;
      bytes = bytes.subarray(allowed);
      if (this.#written >= cutAfterBytes) this.cut();
      else if (isFull) await Promise.race([once(this.#response, 'drain'), once(this.#response, 'close')]);
      else if (pieces.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Closes the connection early; bytes already written still arrive. */
  cut(): void {
    this.#isCut = true;
    if (this.#plan.cutIsClean) this.#response.end();
    else this.#response.socket?.end();
  }
}
