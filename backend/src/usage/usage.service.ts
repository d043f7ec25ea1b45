// What a user has used, and the user's limits.
import { Inject, Injectable } from '@nestjs/common';
import type { UsageResponse, UsageTotals } from '@sillage/protocol';
import { type DayUsage, dayOf, UsageDays } from './usage-days.ts';
import { USAGE_OPTIONS, type UsageOptions } from './usage-options.ts';

const days = 30;

@Injectable()
export class UsageService {
  constructor(
    private readonly usageDays: UsageDays,
    @Inject(USAGE_OPTIONS) private readonly options: UsageOptions,
  ) {}

  /** Sums what the user has used, by day and by model. */
  async of(userId: string): Promise<UsageResponse> {
    const today = dayOf(Date.now());
    const rows = await this.usageDays.read({ kind: 'user', id: userId }, today - days + 1);
    const ofDay = (day: number) => totalsOf(rows.filter((row) => row.day === day));
    const models = [...new Set(rows.map(({ model }) => model))]
      .map((model) => ({ model, ...totalsOf(rows.filter((row) => row.model === model)) }))
      .sort((one, other) => tokensIn(other) - tokensIn(one));
    return {
      today: ofDay(today),
      limits: this.options.limits,
      models,
      days: Array.from({ length: days }, (_, ago) => ({ day: nameOf(today - ago), ...ofDay(today - ago) })),
    };
  }
}

function totalsOf(rows: readonly DayUsage[]): UsageTotals {
  const sum = (count: keyof Omit<DayUsage, 'model'>) => rows.reduce((total, row) => total + row[count], 0);
  const details = {
    cachedTokens: sum('cachedTokens'),
    reasoningTokens: sum('reasoningTokens'),
    estimatedReplies: sum('estimatedReplies'),
    cost: sum('cost'),
  };
  return {
    promptTokens: sum('promptTokens'),
    completionTokens: sum('completionTokens'),
    replies: sum('replies'),
    ...Object.fromEntries(Object.entries(details).filter(([, count]) => count !== 0)),
  };
}

function tokensIn({ promptTokens, completionTokens }: UsageTotals): number {
  return promptTokens + completionTokens;
}

function nameOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}
