// Measures the usage of a reply: the provider's figures, else counts of the stored text, marked as estimated.
import { Inject, Injectable } from '@nestjs/common';
import type { FailureCode, ReplyEnd, Usage } from '@sillage/protocol';
import { TokenCounts } from '../ai/context/token-counts.ts';
import type { WholeReply } from '../streams/stream-store.ts';
import { withCost } from './prices.ts';
import { USAGE_OPTIONS, type UsageOptions } from './usage-options.ts';

/** A completion request and its outcome. */
export interface MeasuredRequest {
  readonly model: string;
  /** The texts of its messages, or their number of tokens. */
  readonly prompt: readonly string[] | number;
  readonly end: ReplyEnd;
  /** The provider's latest usage of a reply that broke off. */
  readonly partial?: Usage | undefined;
}

/** Failures before the provider has computed anything: it bills nothing for them. */
const unbilled: ReadonlySet<FailureCode | undefined> = new Set([
  'provider-auth',
  'provider-rate-limited',
  'provider-unavailable',
  'provider-refused',
  'context-too-long',
  'prompt-refused',
  'storage',
  'internal',
]);

@Injectable()
export class UsageMeter {
  constructor(
    private readonly counts: TokenCounts,
    @Inject(USAGE_OPTIONS) private readonly options: UsageOptions,
  ) {}

  /** Returns the usage of a reply; `undefined` if the provider refused the request. */
  async measure(reply: WholeReply, { model, prompt, end, partial }: MeasuredRequest): Promise<Usage | undefined> {
    if (end.usage !== undefined && countsAnything(end.usage)) return withCost(end.usage, model, this.options.prices);
    const reasoningTokens = await this.counts.ofText(reply.reasoning, model);
    const counted = (await this.counts.ofText(reply.parts, model)) + reasoningTokens;
    if (counted === 0 && partial === undefined && unbilled.has(end.code)) return undefined;
    const usage: Usage = {
      ...partial,
      promptTokens: partial?.promptTokens || (await this.tokensOf(prompt, model)),
      completionTokens: Math.max(counted, partial?.completionTokens ?? 0),
      ...(reasoningTokens > 0 && { reasoningTokens: Math.max(reasoningTokens, partial?.reasoningTokens ?? 0) }),
      estimated: true,
    };
    return withCost(usage, model, this.options.prices);
  }

  private tokensOf(prompt: readonly string[] | number, model: string): number | Promise<number> {
    return typeof prompt === 'number' ? prompt : this.counts.ofRequest(prompt, model);
  }
}

/** Whether a usage is one: some providers send zeros in its place, but no prompt has 0 tokens. */
function countsAnything({ promptTokens, completionTokens }: Usage): boolean {
  return promptTokens + completionTokens > 0;
}
