import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partLength, partsOf, readParts } from './text-parts.ts';

test('a text is cut into full parts, and never within a surrogate pair', async () => {
  const text = `${'東'.repeat(partLength - 1)}🌊${'x'.repeat(partLength)}`;

  const parts = await partsOf([text]);

  expect(parts.map((part) => part.length)).toEqual([partLength - 1, partLength, 2]);
  expect(parts.every((part) => part.isWellFormed())).toBe(true);
  expect(parts.join('')).toBe(text);
});

test('the parts of any text are joined to that text, however it was appended', async () => {
  const unit = fc.string({ unit: 'grapheme', minLength: 1 });
  const lengths = fc.tuple(fc.nat({ max: 300_000 }), fc.integer({ min: 1, max: 250_000 }));
  await fc.assert(
    fc.asyncProperty(unit, lengths, async (unit, [length, pieceLength]) => {
      const text = unit.repeat(Math.ceil(length / unit.length));
      const starts = Array.from({ length: Math.ceil(text.length / pieceLength) }, (_, index) => index * pieceLength);

      const parts = await partsOf(starts.map((start) => text.slice(start, start + pieceLength)));

      expect(parts).toEqual(await partsOf([text]));
      expect(parts.join('') === text).toBe(true);
    }),
    { numRuns: 50 },
  );
  expect(await partsOf([''])).toEqual(['']);
  expect(await partsOf([])).toEqual(['']);
});

test('parts are read a few at a time, in order; where some are missing, none are returned', async () => {
  const stored = Array.from({ length: 20 }, (_, index) => `${index + 1}`);
  const ranges: [number, number][] = [];
  const read = async (first: number, last: number) => {
    ranges.push([first, last]);
    return stored.slice(first - 1, last);
  };

  expect(await readParts(20, read)).toEqual(stored);
  expect(ranges).toEqual([
    [1, 8],
    [9, 16],
    [17, 20],
  ]);
  expect(await readParts(21, read)).toBeUndefined();
  expect(await readParts(0, read)).toEqual([]);
});
