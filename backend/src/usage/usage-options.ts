// The options of accounting.
import type { UsageResponse } from '@sillage/protocol';
import type { Prices } from './prices.ts';

export interface UsageOptions {
  readonly prices: Prices;
  readonly limits: UsageResponse['limits'];
}

/** Injects the options. */
export const USAGE_OPTIONS = Symbol('UsageOptions');
