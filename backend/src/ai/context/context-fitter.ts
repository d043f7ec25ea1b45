// Makes a context fit the model's window: the oldest turns are left out first, the new message never. Sizes are
// estimated; tokens are counted only where the estimate lies too near the limit to decide.
import { Inject, Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { HistoryTurn } from '@sillage/protocol';
import { AI_OPTIONS, type AiOptions } from '../ai-options.ts';
import { contextWindowOf } from './context-window.ts';
import { TokenCounter } from './token-counter.ts';
import { estimateFactor, estimateTokens } from './token-estimate.ts';

/** What the model is told; `trimmedTurns` says how many of the oldest turns it is not. */
export interface FittedContext {
  readonly messages: readonly HistoryTurn[];
  readonly trimmedTurns: number;
}

/** What a turn costs besides its text: its role and its borders. */
const tokensPerTurn = 4;
/** Kept free for the reply where nothing bounds it, and never more than a quarter of the window. */
const usualReply = 4_096;

@Injectable()
export class ContextFitter implements OnApplicationShutdown {
  private readonly logger = new Logger(ContextFitter.name);
  private readonly counter = new TokenCounter({
    onFailure: (error) => this.logger.error(`Tokens cannot be counted, only estimated: ${error.stack}`),
  });

  constructor(@Inject(AI_OPTIONS) private readonly options: AiOptions) {}

  /** Leaves out what does not fit, so that what is left begins with a turn of the user. The last message stays, whatever
   *  its length: the provider says what it thinks of it. */
  async fit(
    messages: readonly HistoryTurn[],
    { model, maxTokens }: { model: string; maxTokens: number | undefined },
  ): Promise<FittedContext> {
    const { systemPrompt = '' } = this.options;
    const free = this.budgetOf(model, maxTokens);
    const texts = [systemPrompt, ...messages.map(({ content }) => content).reverse()];
    if (bytesFit(texts, free)) return { messages, trimmedTurns: 0 };
    const near = nearLimit(texts, free);
    if (near === 'fits') return { messages, trimmedTurns: 0 };
    const counts = await this.counter.count(texts.slice(0, near), { model });
    return leaveOut(messages, messages.length - (lengthWithin(counts, free) - 1));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.counter.close();
  }

  /** The most bytes that a context of `model` can hold: no token of a text that people write has more than eight. */
  mostBytes(model: string): number {
    return 8 * (this.options.contextWindow ?? contextWindowOf(model));
  }

  private budgetOf(model: string, maxTokens: number | undefined): number {
    const window = this.options.contextWindow ?? contextWindowOf(model);
    const bounds = [maxTokens, this.options.maxTokens].filter((bound) => bound !== undefined);
    const reply = bounds.length === 0 ? usualReply : Math.min(...bounds);
    return window - Math.min(reply, Math.floor(window / (bounds.length === 0 ? 4 : 2)));
  }
}

/** Whether `texts` fit by their bytes alone: no token is shorter than a byte, so most contexts need not be looked at. */
function bytesFit(texts: readonly string[], free: number): boolean {
  let most = 0;
  for (const text of texts) {
    most += Buffer.byteLength(text) + tokensPerTurn;
    if (most > free) return false;
  }
  return true;
}

/** Returns how many of the first `texts` may fit, by the lowest estimate; `fits` where all do by the highest. */
function nearLimit(texts: readonly string[], free: number): number | 'fits' {
  let likely = 0;
  for (const [i, text] of texts.entries()) {
    likely += estimateTokens(text) + tokensPerTurn;
    if (likely > free * estimateFactor) return i + 1;
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

/** Leaves out the first turns, at least `atLeast`, but never the last message. */
function leaveOut(messages: readonly HistoryTurn[], atLeast: number): FittedContext {
  const last = messages.length - 1;
  let first = Math.min(atLeast, last);
  while (first > 0 && first < last && messages[first]?.role === 'assistant') first++;
  return { messages: messages.slice(first), trimmedTurns: first };
}
