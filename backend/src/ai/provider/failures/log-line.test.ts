// Log lines of provider errors: one line, without keys in any encoding and without text of the conversation.
import { cpuMsSince, yardstickMs } from '@sillage/testing';
import { describe, expect, test } from 'vitest';
import { logLine } from './log-line.ts';

const key = 'sk-proj-Ab3dEf6hIj9kLm2nOp5qRs8tUv1wXy4z';
const lineOf = (said: string, messages: readonly string[] = []) => logLine(said, { secrets: [key], messages });
const each = (text: string, spell: (sign: string) => string) => [...text].map(spell).join('');
const hex = (sign: string, length: number) => sign.charCodeAt(0).toString(16).padStart(length, '0');

test.each([
  ['as it is', key],
  ['in upper case', key.toUpperCase()],
  ['with spaces', each(key, (sign) => `${sign} `)],
  ['over two lines', `${key.slice(0, 20)}\r\n\t${key.slice(20)}`],
  ['in quotes, as JSON in JSON', JSON.stringify(JSON.stringify({ key }))],
  ['with its dashes escaped', key.replaceAll('-', '\\u002d')],
  ['in JSON escapes', each(key, (sign) => `\\u${hex(sign, 4)}`)],
  ['in doubled JSON escapes', each(key, (sign) => `\\\\u${hex(sign, 4)}`)],
  ['in JavaScript escapes', each(key, (sign) => `\\x${hex(sign, 2)}`)],
  ['in braced escapes', each(key, (sign) => `\\u{${hex(sign, 1)}}`)],
  ['in percent escapes', each(key, (sign) => `%${hex(sign, 2)}`)],
  ['in doubled percent escapes', each(key, (sign) => `%25${hex(sign, 2)}`)],
  ['in HTML entities', each(key, (sign) => `&#${sign.charCodeAt(0)};`)],
  ['in hexadecimal HTML entities', each(key, (sign) => `&#x${hex(sign, 2)};`)],
  ['in full-width letters', each(key, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))],
  ['with invisible characters', each(key, (sign) => `${sign}\u200b\u00ad`)],
  ['with terminal escapes', each(key, (sign) => `\u001b[1m${sign}\u001b[0m`)],
  ['in hexadecimal', Buffer.from(key).toString('hex')],
  ['in base64', Buffer.from(key).toString('base64')],
  ['in base64 with its scheme', Buffer.from(`Bearer ${key}`).toString('base64')],
  ['reversed', [...key].reverse().join('')],
  ['in part', `${key.slice(0, 24)}...`],
])('the key %s is removed', async (_name, spelled) => {
  const line = await lineOf(`Incorrect API key provided: ${spelled}. Find yours in the console.`);

  expect(line).toMatch(/^Incorrect API key provided: .*\[key\].* Find yours in the console\.$/);
  const letters = line.toLowerCase().replace(/[^a-z0-9]/g, '');
  for (let i = 0; i + 16 <= key.length; i++) {
    expect(letters).not.toContain(
      key
        .slice(i, i + 16)
        .toLowerCase()
        .replaceAll('-', ''),
    );
  }
});

describe('text of the messages that the provider repeats is removed', () => {
  test.each([
    ['as it is', 'My patient has a rare heart disease.'],
    ['as JSON', JSON.stringify('My patient has\na rare heart disease.')],
    ['in other letters and on one line', 'MY PATIENT HAS A RARE HEART DISEASE'],
    ['in part', 'patient has a rare heart'],
    ['in Chinese', '我的病人有一种罕见的心脏病'],
    ['in emoji', '🫀🫀🫀🫀'],
  ])('%s', async (_name, echo) => {
    const told = ['Hello', 'My patient has\na rare heart disease.', '请注意:我的病人有一种罕见的心脏病。', '🫀🫀🫀🫀'];

    const line = await lineOf(`Rejected because of "${echo}" (rule 7)`, told);

    expect(line).toMatch(/^Rejected because of .*\[…\].*\(rule 7\)$/);
    expect(line).not.toMatch(/heart|PATIENT|病人|🫀/i);
  });

  test('also if the whole message is one word', async () => {
    expect(await lineOf('Blocked: overdose', ['Overdose?'])).toBe('Blocked: […]');
  });

  test('also from megabytes, within bounded CPU time', async () => {
    const told = Array.from({ length: 20 }, (_, i) => `${i} ${'aaaa 海海 bbbb '.repeat(30_000)}`);
    const before = process.threadCpuUsage();

    const line = await lineOf(`No: ${'aaaa 海海 bbbb '.repeat(40)}the end`, told);

    const usedMs = cpuMsSince(before);
    expect(line).toBe('No: […] the end');
    expect(usedMs / yardstickMs()).toBeLessThan(40); // for 8 MB
  });

  test('and no other text', async () => {
    const said = "Unsupported parameter: 'max_tokens' is not supported with this model.";

    expect(await lineOf(said, ['Which parameters does this API have?', 'What is it?'])).toBe(said);
  });
});

test('a log line has no line breaks or control characters, and at most 500 characters', async () => {
  const said = 'first\r\n\u001b[31msecond\u001b[0m\u0007\u2028third\u202e\t\t\\nfourth\u0000';

  expect(await lineOf(said)).toBe('first second third fourth');
  expect(await lineOf('😀'.repeat(10_000))).toHaveLength(500);
});

test('a short key is removed as a whole word, and a value that is no key stays', async () => {
  const secrets = ['abc123', 'x'];

  expect(await logLine('key abc123 is no box', { secrets, messages: [] })).toBe('key [key] is no box');
});

test.each(['short-key-1', 'another-short-1'])(
  'a secret at the end of a text is cut, whatever the length of others: %s',
  async (key) => {
    const secrets = ['a-key-of-more-than-sixteen-letters', 'short-key-1', 'another-short-1'];

    expect(await logLine(`Not valid: ${key}`, { secrets, messages: [] })).toBe('Not valid: [key]');
    expect(
      await logLine(`Not valid: ${key}`, { secrets: [], messages: [key, `${key}, or what comes next`] }),
    ).not.toContain(key);
  },
);
