import { expect, test } from 'vitest';
import { barChart } from './chart.ts';

test('bars are drawn shortest first, to scale, with their values', () => {
  const bars = [
    { label: 'peer', value: 40, isOwn: false },
    { label: 'ours', value: 10, isOwn: true },
  ];

  const svg = barChart('Cost', bars, { decimals: 1 });
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));

  expect(widths[1]).toBeCloseTo((widths[0] ?? 0) * 4, 0);
  expect(svg.indexOf('>ours<')).toBeLessThan(svg.indexOf('>peer<'));
  expect(svg).toContain('>10.0<');
});
