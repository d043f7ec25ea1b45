// What tokens cost, by model.
import type { Usage } from '@sillage/protocol';

/** Prices per million tokens, by model. */
export type Prices = Readonly<
  Record<
    string,
    {
      readonly prompt: number;
      /** Of tokens that the provider read from its cache; default: `prompt`. */
      readonly cached?: number | undefined;
      readonly completion: number;
    }
  >
>;

/** Adds the cost to a usage, if the model has a price. */
export function withCost(usage: Usage, model: string, prices: Prices): Usage {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (price === undefined) return usage;
  const { promptTokens, completionTokens, cachedTokens = 0 } = usage;
  const { prompt, cached = prompt, completion } = price;
  const cost = (promptTokens - cachedTokens) * prompt + cachedTokens * cached + completionTokens * completion;
  return { ...usage, cost: cost / 1e6 };
}
