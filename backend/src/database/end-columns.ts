// How a reply ended, in columns that the rows of streams and of messages share. A message has `trimmed_turns` from its start.
import type { FailureCode, FinishReason, ReplyEnd, Usage } from '@sillage/protocol';

/** The columns; null for what an end does not have. */
export interface EndColumns extends UsageColumns {
  readonly finish_reason: string | null;
  readonly code: string | null;
  readonly retry_after: number | null;
  readonly reasoning_ms: number | null;
}

/** All are null without a usage. */
interface UsageColumns {
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly reasoning_tokens: number | null;
  /** 1 if the server has counted the tokens itself. */
  readonly is_usage_estimated: number | null;
  readonly cost: number | null;
}

/** Returns the values of the columns. */
export function endColumns({ finishReason, code, usage, retryAfter, reasoningMs }: ReplyEnd): EndColumns {
  return {
    finish_reason: finishReason,
    code: code ?? null,
    ...usageColumns(usage),
    retry_after: retryAfter ?? null,
    reasoning_ms: reasoningMs ?? null,
  };
}

/** Returns the end of a row; nothing that it does not have. */
export function endIn(row: EndColumns): Partial<ReplyEnd> {
  return {
    ...(row.finish_reason !== null && { finishReason: row.finish_reason as FinishReason }),
    ...(row.code !== null && { code: row.code as FailureCode }),
    ...usageIn(row),
    ...(row.retry_after !== null && { retryAfter: row.retry_after }),
    ...(row.reasoning_ms !== null && { reasoningMs: row.reasoning_ms }),
  };
}

function usageColumns(usage: Usage | undefined): UsageColumns {
  return {
    prompt_tokens: usage?.promptTokens ?? null,
    completion_tokens: usage?.completionTokens ?? null,
    cached_tokens: usage?.cachedTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    is_usage_estimated: usage?.estimated ? 1 : null,
    cost: usage?.cost ?? null,
  };
}

function usageIn(row: UsageColumns): { usage?: Usage } {
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
