// The columns of a usage, in the rows of streams and of messages.
import type { Usage } from '@sillage/protocol';

/** The columns; all are null without a usage. */
export interface UsageColumns {
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** 1 if the server has counted the tokens itself. */
  readonly is_usage_estimated: number | null;
  readonly cost: number | null;
}

/** Returns the values of the columns. */
export function usageColumns(usage: Usage | undefined): UsageColumns {
  return {
    prompt_tokens: usage?.promptTokens ?? null,
    completion_tokens: usage?.completionTokens ?? null,
    cached_tokens: usage?.cachedTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    is_usage_estimated: usage?.estimated ? 1 : null,
    cost: usage?.cost ?? null,
  };
}

/** Returns the `usage` of a row; nothing if it has none. */
export function usageIn(row: UsageColumns): { usage?: Usage } {
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = row;
  if (promptTokens === null || completionTokens === null) return {};
  return {
    usage: {
      promptTokens,
      completionTokens,
      ...(row.cached_tokens !== null && { cachedTokens: row.cached_tokens }),
      ...(row.reasoning_tokens !== null && { reasoningTokens: row.reasoning_tokens }),
      ...(row.is_usage_estimated === 1 && { estimated: true as const }),
      ...(row.cost !== null && { cost: row.cost }),
    },
  };
}
