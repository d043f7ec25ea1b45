// A large text is rendered over several frames: within the limit per frame, without split characters, and completely.
import { act, cleanup, renderHook, waitFor } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { usePaced } from './usePaced.ts';

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function pace(first: string, isLive = true) {
  const seen: string[] = [];
  const { result, rerender } = renderHook(
    (text: string) => {
      const shown = usePaced(text, isLive);
      if (shown !== seen.at(-1)) seen.push(shown);
      return shown;
    },
    { initialProps: first },
  );
  return { seen, result, rerender };
}

const steps = (seen: readonly string[]) => seen.map((text, index) => text.length - (seen[index - 1]?.length ?? 0));

test('a text that grows by a little is shown as it comes', () => {
  const { result, rerender } = pace('Once');

  for (const text of ['Once upon', 'Once upon a time', `Once upon a time${'.'.repeat(2_000)}`]) {
    rerender(text);
    expect(result.current).toBe(text);
  }
});

test('a text that arrives at once is shown over several frames, completely', async () => {
  const { seen, result, rerender } = pace('');
  const text = '🌊'.repeat(20_001);

  rerender(text);
  await waitFor(() => expect(result.current).toBe(text));

  expect(seen.length).toBeGreaterThan(9);
  expect(Math.max(...steps(seen))).toBeLessThanOrEqual(2_501);
  expect(seen.every((shown) => text.startsWith(shown) && shown.isWellFormed())).toBe(true);
});

test('text that arrives meanwhile is shown after it', async () => {
  const { seen, result, rerender } = pace('x'.repeat(30_000));

  await waitFor(() => expect(result.current.length).toBeGreaterThan(10_000));
  rerender('x'.repeat(40_000));
  await waitFor(() => expect(result.current).toHaveLength(40_000));

  expect(Math.max(...steps(seen))).toBeLessThanOrEqual(2_500);
});

test('a hidden tab, which draws no frames, has the whole text some frames after it is shown', async () => {
  const waiting = new Map<number, FrameRequestCallback>();
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => {
    const id = waiting.size + 1;
    waiting.set(id, callback);
    return id;
  });
  vi.stubGlobal('cancelAnimationFrame', (id: number) => waiting.set(id, () => {}));
  const { result, rerender } = pace('');
  for (let length = 0; length <= 12_000; length += 1_500) rerender('x'.repeat(length));
  expect(result.current).toHaveLength(12_000);
  rerender('x'.repeat(32_000));
  rerender('x'.repeat(33_000));
  expect(result.current).toHaveLength(14_500);

  vi.unstubAllGlobals();
  act(() => {
    for (const callback of waiting.values()) callback(performance.now());
  });
  await waitFor(() => expect(result.current).toHaveLength(33_000));
});

test('a text that was loaded before is shown at once, and so is one that replaces it', () => {
  const { seen, rerender } = pace('x'.repeat(50_000), false);

  rerender('y'.repeat(60_000));

  expect(seen.map((shown) => shown.length)).toEqual([50_000, 60_000]);
});
