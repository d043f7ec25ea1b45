// Merges the deltas of one read from the provider: one event per run of deltas of the same kind.
import type { DeltaKind, ModelEvent } from '../../model-event.ts';
import { ThinkTags } from './think-tags.ts';
import { WellFormedText } from './well-formed.ts';

/** Collects deltas until they are taken, as well-formed text per kind. */
export class MergedDeltas {
  readonly #mending: Readonly<Record<DeltaKind, WellFormedText>> = {
    text: new WellFormedText(),
    reasoning: new WellFormedText(),
  };
  /** Parser of think tags; `undefined` once all following text belongs to the reply. */
  #thinkTags: ThinkTags | undefined;
  #events: ModelEvent[] = [];
  #kind: DeltaKind = 'text';
  #text = '';

  constructor({ thinkTags }: { thinkTags: boolean }) {
    this.#thinkTags = thinkTags ? new ThinkTags() : undefined;
  }

  add(kind: DeltaKind, text: string): void {
    if (kind !== this.#kind) {
      this.#flush();
      this.#kind = kind;
    }
    this.#text += text;
  }

  /** Returns the deltas since the last call. Half a surrogate pair at the end is held back until the other half
   *  arrives. */
  take(): ModelEvent[] {
    this.#flush();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Returns the held text: unpaired surrogates, and text that turned out not to be a tag. */
  end(): ModelEvent[] {
    this.#flush();
    for (const kind of ['reasoning', 'text'] as const) this.#say(kind, this.#mending[kind].end());
    this.#events.push(...(this.#thinkTags?.end() ?? []));
    this.#thinkTags = undefined;
    return this.take();
  }

  #flush(): void {
    if (this.#text === '') return;
    const text = this.#mending[this.#kind].push(this.#text);
    this.#text = '';
    this.#say(this.#kind, text);
  }

  #say(kind: DeltaKind, text: string): void {
    if (text === '') return;
    if (kind === 'reasoning' || this.#thinkTags === undefined) {
      this.#events.push({ type: kind, text });
      return;
    }
    this.#events.push(...this.#thinkTags.push(text));
    if (this.#thinkTags.isOver) this.#thinkTags = undefined;
  }
}
