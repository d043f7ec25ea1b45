// What the person has used today and in the last 30 days, beside the limit of a day.
import { readUsage } from '@sillage/client';
import type { UsageResponse, UsageTotals } from '@sillage/protocol';
import { useEffect, useState } from 'react';
import { server } from '../browser/api.ts';
import { useLanguage } from '../i18n/Language.tsx';
import { costWords } from '../ui/cost.ts';

/** Renders the usage once it has loaded. */
export function Usage() {
  const { settings } = useLanguage().messages;
  const usage = useUsage();
  if (usage === undefined) return null;

  return (
    <section className="setting" data-testid="usage">
      <h3>{settings.usage}</h3>
      {usage === 'failed' ? <p className="setting-detail">{settings.usageUnknown}</p> : <Figures usage={usage} />}
    </section>
  );
}

function Figures({ usage: { today, days, limits } }: { readonly usage: UsageResponse }) {
  const { locale, messages } = useLanguage();
  const { settings } = messages;
  const number = new Intl.NumberFormat(locale);
  const month = days.reduce((sum, day) => sum + tokensIn(day), 0);
  const sentences = [
    settings.usageDetail(today.replies, number.format(tokensIn(today))),
    ...(limits.tokensPerDay > 0 ? [settings.usageOf(number.format(limits.tokensPerDay))] : []),
    ...(today.cost === undefined ? [] : [settings.usageCost(costWords(today.cost, locale))]),
  ];

  return (
    <p>
      {sentences.join(' · ')}
      <span className="setting-detail">{settings.usageMonth(number.format(month))}</span>
    </p>
  );
}

/** Loads the usage; `undefined` until then. */
function useUsage(): UsageResponse | 'failed' | undefined {
  const [usage, setUsage] = useState<UsageResponse | 'failed'>();

  useEffect(() => {
    const request = new AbortController();
    readUsage({ ...server, signal: request.signal }).then(
      (read) => request.signal.aborted || setUsage(read),
      () => request.signal.aborted || setUsage('failed'),
    );
    return () => request.abort();
  }, []);

  return usage;
}

function tokensIn({ promptTokens, completionTokens }: UsageTotals): number {
  return promptTokens + completionTokens;
}
