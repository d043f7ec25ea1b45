// Draws one figure as a bar chart for the README: an SVG with a light and a dark theme.
import { writeFileSync } from 'node:fs';

/** One bar. `isOwn` uses the accent colour. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
}

const [width, left, right, row, bar] = [800, 290, 60, 34, 18];

/** Draws horizontal bars from zero, shortest first. Values are written after them, with `decimals` digits. */
export function barChart(title: string, bars: readonly Bar[], { decimals }: { decimals: number }): string {
  const sorted = [...bars].sort((one, other) => one.value - other.value);
  const most = Math.max(...sorted.map(({ value }) => value));
  const rows = sorted.map(({ label, value, isOwn }, index) => {
    const y = 44 + index * row;
    const length = Math.max(2, ((width - left - right) * value) / most);
    const name = isOwn ? 'own' : 'peer';
    return [
      `  <text class="${name}" x="${left - 12}" y="${y + 14}" text-anchor="end">${label}</text>`,
      `  <rect class="${name}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="3"/>`,
      `  <text class="${name}" x="${(left + length + 8).toFixed(1)}" y="${y + 14}">${value.toFixed(decimals)}</text>`,
    ].join('\n');
  });
  const height = 44 + sorted.length * row;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${title}">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #4a5560; }
    text.own, .title { font-weight: 600; fill: #16202a; }
    rect.peer { fill: #b9c4cd; }
    rect.own { fill: #0a7095; }
    @media (prefers-color-scheme: dark) {
      text { fill: #a9b4bd; }
      text.own, .title { fill: #eef3f6; }
      rect.peer { fill: #4a5761; }
      rect.own { fill: #4fb3d9; }
    }
  </style>
  <text class="title" x="0" y="18">${title}</text>
${rows.join('\n')}
</svg>
`;
}

/** Writes a chart to `bench/`. */
export function saveChart(file: string, svg: string): void {
  writeFileSync(new URL(`../${file}`, import.meta.url), svg);
}
