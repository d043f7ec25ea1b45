// The usage in the settings and in the details of a reply, in both languages.
import type { UsageResponse } from '@sillage/protocol';
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { Details } from '../conversation/reply/Details.tsx';
import { LanguageProvider } from '../i18n/Language.tsx';
import { Usage } from './Usage.tsx';

afterEach(cleanup);

const totals = { promptTokens: 1_200, completionTokens: 34, replies: 2, cost: 0.00125 };
const usage: UsageResponse = {
  today: totals,
  limits: {
    tokensPerDay: 50_000,
    organizationTokensPerDay: 0,
    streamsPerUser: 8,
    startsPerMinute: 60,
    requestsPerMinute: 600,
    connectionsPerUser: 100,
    ticketsPerUser: 100,
  },
  models: [{ model: 'gpt-4o', ...totals }],
  days: [
    { day: '2026-11-29', ...totals },
    { day: '2026-11-28', promptTokens: 700, completionTokens: 66, replies: 1 },
  ],
};

function serve(response: Response): void {
  vi.stubGlobal('fetch', async () => response);
  onTestFinished(() => void vi.unstubAllGlobals());
}

test('shows the tokens, the limit and the cost of today, and the tokens of the month', async () => {
  serve(Response.json(usage));
  render(
    <LanguageProvider>
      <Usage />
    </LanguageProvider>,
  );

  const shown = await screen.findByTestId('usage');

  expect(shown.textContent).toBe(
    'Usage today2 replies, 1,234 tokens · of 50,000 a day, until midnight UTC · cost 0.001252,000 tokens in the last 30 days',
  );
});

test('says that the usage cannot be loaded', async () => {
  serve(Response.json({ error: 'x', code: 'storage' }, { status: 503 }));
  render(
    <LanguageProvider>
      <Usage />
    </LanguageProvider>,
  );

  expect((await screen.findByTestId('usage')).textContent).toContain('The usage cannot be loaded at the moment.');
});

test('the details of a reply tell what is estimated, cached and reasoned, and the cost', async () => {
  const counted = { promptTokens: 1_200, completionTokens: 34, cachedTokens: 1_000, reasoningTokens: 9, cost: 0.5 };
  const message = { id: 'm', role: 'assistant', content: '船 🌊', createdAt: '2026-11-29T00:00:00Z', siblings: ['m'] };
  const { container } = render(
    <LanguageProvider>
      <Details message={{ ...message, usage: { ...counted, estimated: true } } as never} />
    </LanguageProvider>,
  );
  const panel = container.querySelector('[popover]') as Element;
  fireEvent(panel, Object.assign(new Event('toggle'), { newState: 'open' })); // jsdom has no popovers

  const { textContent } = await screen.findByTestId('details');

  expect(textContent).toContain('Input tokensabout 1,200 (1,000 from the cache)');
  expect(textContent).toContain('Output tokensabout 34 (9 for reasoning)Cost0.5');
});
