// Draws one figure as a bar chart for the README: an SVG with a light and a dark theme.

/** One bar. `isOwn` uses the accent colour. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly isOwn: boolean;
}

const [width, left, right, row, bar] = [800, 290, 60, 34, 18];

/** Draws horizontal bars from zero, shortest first. Values are written after them, with `decimals` digits. */
export function barChart(title: string, bars: readonly Bar[], { decimals }: { decimals: number }): string {
  const sorted = bars.toSorted((one, other) => one.value - other.value);
  const most = sorted.at(-1)?.value ?? 0;
  const rows = sorted.map(({ label, value, isOwn }, index) => {
    const y = 44 + index * row;
    const length = Math.max(2, ((width - left - right) * value) / most);
    return `  <g class="${isOwn ? 'own' : 'peer'}">
    <text x="${left - 12}" y="${y + 14}" text-anchor="end">${label}</text>
    <rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="${bar}" rx="3"/>
    <text x="${(left + length + 8).toFixed(1)}" y="${y + 14}">${value.toFixed(decimals)}</text>
  </g>`;
  });
  const height = 44 + sorted.length * row;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img" aria-label="${title}">
  <style>
    text { font: 14px system-ui, sans-serif; fill: #4a5560; }
    g.own text, .title { font-weight: 600; fill: #16202a; }
    g.peer rect { fill: #b9c4cd; }
    g.own rect { fill: #0a7095; }
    @media (prefers-color-scheme: dark) {
      text { fill: #a9b4bd; }
      g.own text, .title { fill: #eef3f6; }
      g.peer rect { fill: #4a5761; }
      g.own rect { fill: #4fb3d9; }
    }
  </style>
  <text class="title" x="0" y="18">${title}</text>
${rows.join('\n')}
</svg>
`;
}
