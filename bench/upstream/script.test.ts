// The one thing the load and the upstream must agree on.
import { expect, test } from 'vitest';
import { messageOf, scriptIn } from './script.ts';

test('a script survives the message of any request format', () => {
  const script = { tokens: 2000, rate: 20, stamped: 1, waitMs: 30, holds: 1 };

  const body = JSON.stringify({ messages: [{ role: 'user', content: messageOf(script) }], stream: true });

  expect(scriptIn(body)).toEqual(script);
});

test('the script of the last message counts', () => {
  const body = JSON.stringify([{ content: messageOf({ tokens: 1 }) }, { content: messageOf({ tokens: 2 }) }]);

  expect(scriptIn(body).tokens).toBe(2);
});
