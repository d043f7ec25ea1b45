// The headers of W3C Trace Context: what is continued, and what is ignored.
import { expect, test } from 'vitest';
import { requestContextOf } from './request-context.ts';

const ids = '4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7';

const traceparentOf = (traceparent: string) => requestContextOf({ traceparent }).traceparent;

test.each([
  ['version 00', `00-${ids}-01`, `00-${ids}-01`],
  ['not sampled', `00-${ids}-00`, `00-${ids}-00`],
  ['a random trace id', `00-${ids}-03`, `00-${ids}-03`],
  ['flags that are not defined', `00-${ids}-fd`, `00-${ids}-01`],
  ['a later version', `cc-${ids}-01`, `00-${ids}-01`],
  ['a later version with further fields', `cc-${ids}-01-what-the-future-will-be-like`, `00-${ids}-01`],
  ['a later version with an empty further field', `01-${ids}-01-`, `00-${ids}-01`],
  ['a later version, of whose flags only one is known', `01-${ids}-02`, `00-${ids}-00`],
])('a traceparent of %s is continued in version 00', (_, given, expected) => {
  expect(traceparentOf(given)).toBe(expected);
});

test.each([
  ['version ff', `ff-${ids}-01`],
  ['version ff with further fields', `ff-${ids}-01-x`],
  ['version 00 with further fields', `00-${ids}-01-x`],
  ['a later version without a separator behind the flags', `cc-${ids}-01.what`],
  ['a later version with longer flags', `cc-${ids}-012`],
  ['a later version without flags', `cc-${ids}`],
  ['capital letters', `00-${ids.toUpperCase()}-01`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a parent id of zeros', `cc-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01-x`],
  ['two headers', `00-${ids}-01, 00-${ids}-01`],
])('a traceparent of %s is ignored, and the tracestate with it', (_, traceparent) => {
  expect(requestContextOf({ traceparent, tracestate: 'a=1' })).toMatchObject({
    traceparent: undefined,
    tracestate: undefined,
  });
});

const tracestateOf = (tracestate: string) => requestContextOf({ traceparent: `cc-${ids}-01-x`, tracestate }).tracestate;
const member = (key: string, length: number) => `${key}=${'v'.repeat(length - key.length - 1)}`;
const members = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=1`).join(',');

test.each([
  ['one member', 'vendor=1', 'vendor=1'],
  ['members with spaces, tabs and empty ones', 'a=1 ,\tb@t/x=2,, c=3', 'a=1,b@t/x=2,c=3'],
  ['32 members', members(32), members(32)],
  ['512 characters', [member('a', 255), member('b', 256)].join(','), [member('a', 255), member('b', 256)].join(',')],
  [
    'more characters: without a long member',
    [member('a', 128), member('b', 200), member('c', 128), member('d', 128)].join(','),
    [member('a', 128), member('c', 128), member('d', 128)].join(','),
  ],
  [
    'more characters: without the last of short members',
    [member('a', 128), member('b', 128), member('c', 128), member('d', 128)].join(','),
    [member('a', 128), member('b', 128), member('c', 128)].join(','),
  ],
])('a tracestate of %s is passed on', (_, given, expected) => {
  expect(tracestateOf(given)).toBe(expected);
});

test.each([
  ['33 members', members(33)],
  ['a key twice', 'a=1,a=2'],
  ['no value', 'a'],
  ['a key in capital letters', 'A=1'],
  ['a letter beyond ASCII', 'a=ü'],
  ['nothing', ' , '],
])('a tracestate of %s is ignored, but not the traceparent', (_, given) => {
  expect(tracestateOf(given)).toBeUndefined();
  expect(requestContextOf({ traceparent: `00-${ids}-01`, tracestate: given }).traceparent).toBe(`00-${ids}-01`);
});
