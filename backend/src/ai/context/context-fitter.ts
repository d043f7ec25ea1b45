// Makes a context fit the model's window: the oldest turns are left out first, the new message never.
import { Inject, Injectable } from '@nestjs/common';
import type { HistoryTurn } from '@sillage/protocol';
import { AI_OPTIONS, type AiOptions } from '../ai-options.ts';
import { contextWindowOf } from './context-window.ts';
import { TokenCounter } from './token-count.ts';

/** Is what the model is told; `trimmedTurns` says how many of the oldest turns it is not. */
export interface FittedContext {
  readonly messages: readonly HistoryTurn[];
  readonly trimmedTurns: number;
}

/** Is what a turn costs besides its text: its role and its borders. */
const tokensPerTurn = 4;
/** Is kept free for the reply where nothing bounds it, and never more than a quarter of the window. */
const usualReply = 4_096;

@Injectable()
export class ContextFitter {
  private readonly counter = new TokenCounter();

  constructor(@Inject(AI_OPTIONS) private readonly options: AiOptions) {}

  /** Leaves out what does not fit, so that what is left begins with a turn of the user. The last message stays, whatever
   *  its length: the provider says what it thinks of it. */
  async fit(
    messages: readonly HistoryTurn[],
    { model, maxTokens }: { model: string; maxTokens: number | undefined },
  ): Promise<FittedContext> {
    const { systemPrompt = '' } = this.options;
    const free = this.budgetOf(model, maxTokens);
    // No token is shorter than a byte: most conversations need no counting.
    const most = messages.reduce((sum, { content }) => sum + Buffer.byteLength(content) + tokensPerTurn, 0);
    if (most + Buffer.byteLength(systemPrompt) + tokensPerTurn <= free) return { messages, trimmedTurns: 0 };
    let left = free - (await this.cost(systemPrompt, { model, limit: free }));
    let first = messages.length;
    while (first > 0) {
      left -= await this.cost(messages[first - 1]?.content ?? '', { model, limit: left });
      if (left < 0) break;
      first--;
    }
    first = Math.min(first, messages.length - 1);
    while (first > 0 && first < messages.length - 1 && messages[first]?.role === 'assistant') first++;
    return { messages: messages.slice(first), trimmedTurns: first };
  }

  private budgetOf(model: string, maxTokens: number | undefined): number {
    const window = this.options.contextWindow ?? contextWindowOf(model);
    const bounds = [maxTokens, this.options.maxTokens].filter((bound) => bound !== undefined);
    const reply = bounds.length === 0 ? usualReply : Math.min(...bounds);
    return window - Math.min(reply, Math.floor(window / (bounds.length === 0 ? 4 : 2)));
  }

  private async cost(text: string, options: { model: string; limit: number }): Promise<number> {
    return tokensPerTurn + (await this.counter.count(text, options));
  }
}
