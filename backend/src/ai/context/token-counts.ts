// Counts the tokens of completion requests and of replies, for all services of one server.
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { TokenCounter } from './token-counter.ts';
import { estimateTokens } from './token-estimate.ts';
import { WorkSlices } from './work-slices.ts';

/** Overhead of a message in tokens, for its role and delimiters. */
export const tokensPerTurn = 4;
/** Time after which a count that is not ready is estimated: the end of a reply waits for it. */
const maxWaitMs = 700;

@Injectable()
export class TokenCounts implements OnApplicationShutdown {
  private readonly logger = new Logger(TokenCounts.name);
  readonly counter = new TokenCounter({
    onFailure: (error) => this.logger.error(`Tokens cannot be counted, only estimated: ${error.stack}`),
  });

  /** Counts a text; estimates it if the count takes too long. */
  async ofText(parts: readonly string[], model: string): Promise<number> {
    const texts = parts.filter((text) => text !== '');
    if (texts.length === 0) return 0;
    const timer = new AbortController();
    const estimated = delay(maxWaitMs, undefined, { signal: timer.signal, ref: false }).then(
      () => texts.map(estimateTokens),
      () => [],
    );
    const counts = await Promise.race([this.counter.count(texts, { model }), estimated]);
    timer.abort();
    return sumOf(counts);
  }

  /** Counts the messages of a completion request. */
  async ofRequest(texts: readonly string[], model: string): Promise<number> {
    return (await this.ofText(texts, model)) + texts.length * tokensPerTurn;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.counter.close();
  }
}

/** Estimates the tokens of a completion request, without waiting for the worker. */
export async function estimateRequest(texts: readonly string[]): Promise<number> {
  const slices = new WorkSlices();
  let tokens = texts.length * tokensPerTurn;
  for (const text of texts) {
    tokens += estimateTokens(text);
    if (slices.isOver) await slices.next();
  }
  return tokens;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
