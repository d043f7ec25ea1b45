// Fits a context into the model's window: the oldest messages are omitted first, the new message never. Sizes are
// estimated; tokens are counted only if the estimate is too close to the limit.
import { Inject, Injectable } from '@nestjs/common';
import type { HistoryTurn } from '@sillage/protocol';
import { AI_OPTIONS, type AiOptions } from '../ai-options.ts';
import { contextWindowOf } from './context-window.ts';
import { TokenCounts, tokensPerTurn } from './token-counts.ts';
import { estimateFactor, estimateTokens } from './token-estimate.ts';
import { WorkSlices } from './work-slices.ts';

/** Context of a completion request. `trimmedTurns` is the number of oldest messages that it omits. */
export interface FittedContext {
  readonly messages: readonly HistoryTurn[];
  readonly trimmedTurns: number;
}

/** The request that the context is for. */
interface Fitting {
  readonly model: string;
  readonly maxTokens: number | undefined;
  /** Default: the one of the settings. */
  readonly systemPrompt?: string | undefined;
}

/** Tokens reserved for a reply without a limit, but at most a quarter of the window. */
const usualReply = 4_096;

@Injectable()
export class ContextFitter {
  constructor(
    @Inject(AI_OPTIONS) private readonly options: AiOptions,
    private readonly counts: TokenCounts,
  ) {}

  /** Omits the oldest messages that do not fit, so that the remaining ones start with a user message. The last
   *  message is kept whatever its length; if it is too long, the provider responds with an error. */
  async fit(
    messages: readonly HistoryTurn[],
    { model, maxTokens, systemPrompt = this.options.systemPrompt ?? '' }: Fitting,
  ): Promise<FittedContext> {
    const free = this.budgetOf(model, maxTokens);
    const texts = [systemPrompt, ...messages.map(({ content }) => content).reverse()];
    if (bytesFit(texts, free)) return { messages, trimmedTurns: 0 };
    const near = await nearLimit(texts, free);
    if (near === 'fits') return { messages, trimmedTurns: 0 };
    const counts = await this.counts.counter.count(texts.slice(0, near), { model });
    return leaveOut(messages, messages.length - (lengthWithin(counts, free) - 1));
  }

  /** Returns the maximum size of a context of `model` in bytes: tokens of ordinary text have at most eight bytes. */
  mostBytes(model: string): number {
    return 8 * this.windowOf(model);
  }

  /** Returns the limit of a reply in tokens: that of its request or of the settings. */
  limitOf(maxTokens: number | undefined): number | undefined {
    const bounds = [maxTokens, this.options.maxTokens].filter((bound) => bound !== undefined);
    return bounds.length === 0 ? undefined : Math.min(...bounds);
  }

  /** Returns the tokens that `fit` leaves free for a reply without a limit. */
  usualTokens(model: string): number {
    return Math.min(usualReply, Math.floor(this.windowOf(model) / 4));
  }

  private windowOf(model: string): number {
    return this.options.contextWindow ?? contextWindowOf(model);
  }

  private budgetOf(model: string, maxTokens: number | undefined): number {
    const window = this.windowOf(model);
    const limit = this.limitOf(maxTokens);
    return window - (limit === undefined ? this.usualTokens(model) : Math.min(limit, Math.floor(window / 2)));
  }
}

/** Whether `texts` fit by their byte length alone. A token has at least one byte, so most contexts need no estimate. */
function bytesFit(texts: readonly string[], free: number): boolean {
  let most = 0;
  for (const text of texts) {
    most += Buffer.byteLength(text) + tokensPerTurn;
    if (most > free) return false;
  }
  return true;
}

/** Returns how many of the first `texts` may fit by the lowest estimate; `fits` if all do by the highest. */
async function nearLimit(texts: readonly string[], free: number): Promise<number | 'fits'> {
  const slices = new WorkSlices();
  let likely = 0;
  for (const [i, text] of texts.entries()) {
    likely += estimateTokens(text) + tokensPerTurn;
    if (likely > free * estimateFactor) return i + 1;
    if (slices.isOver) await slices.next();
  }
  return likely * estimateFactor <= free ? 'fits' : texts.length;
}

/** Returns how many of the first `counts` fit together. */
function lengthWithin(counts: readonly number[], free: number): number {
  let left = free;
  for (const [i, count] of counts.entries()) {
    left -= count + tokensPerTurn;
    if (left < 0) return i;
  }
  return counts.length;
}

/** Omits at least the first `atLeast` messages, but never the last one. */
function leaveOut(messages: readonly HistoryTurn[], atLeast: number): FittedContext {
  const last = messages.length - 1;
  let first = Math.min(atLeast, last);
  while (first > 0 && first < last && messages[first]?.role === 'assistant') first++;
  return { messages: messages.slice(first), trimmedTurns: first };
}
