// The alerts and the dashboard use metrics that the server has: those of docs/operations.md, which another test compares with
// /metrics.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './run.ts';

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}
interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const read = (path: string) => readFileSync(root + path, 'utf8');
const metrics = [...read('docs/operations.md').matchAll(/^\| `(sillage_\w+)` \| (\w+) \| ([^|]*)\|/gm)];
const series = new Map(
  metrics.flatMap(([, name = '', type, labels = '']): [string, string[]][] => {
    const own = [...labels.matchAll(/`(\w+)`/g)].map(([, label = '']) => label);
    if (type !== 'histogram') return [[name, own]];
    return [
      [`${name}_bucket`, [...own, 'le']],
      [`${name}_count`, own],
      [`${name}_sum`, own],
    ];
  }),
);
const dashboard = JSON.parse(read('deploy/grafana/sillage.json')) as { panels: readonly Panel[] };
const { groups } = parse(read('deploy/prometheus/alerts.yaml')) as Alerts;
const expressions: [string, string][] = [
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
  ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }): [string, string] => [alert, expr])),
];
const targetLabels = ['instance', 'job'];

test.each(expressions)('%s: every metric and label exists', (_, expression) => {
  const names = expression.match(/\b(sillage_\w+|up)\b/g) ?? [];
  expect(names.length).toBeGreaterThan(0);
  const labels = new Set(targetLabels);
  for (const name of names.filter((one) => one !== 'up')) {
    expect([...series.keys()]).toContain(name);
    for (const label of series.get(name) ?? []) labels.add(label);
  }
  const grouped = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/, */));
  const matched = [...expression.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
  for (const label of [...grouped, ...matched]) expect([...labels]).toContain(label);
});

test('every metric is in the dashboard', () => {
  const drawn = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');

  for (const [, name = ''] of metrics) expect(drawn).toContain(name);
});

test('compose starts Prometheus and Grafana only with the profile, with secrets that have no default', () => {
  const { services, secrets } = parse(read('deploy/compose.yaml'), { merge: true });

  for (const name of ['prometheus', 'grafana']) expect(services[name].profiles).toEqual(['monitoring']);
  expect(services.prometheus.secrets).toEqual(['metrics_token']);
  expect(services.grafana.secrets).toEqual(['grafana_password']);
  expect(secrets).toEqual({
    metrics_token: { environment: 'METRICS_TOKEN' },
    grafana_password: { environment: 'GRAFANA_PASSWORD' },
  });
  const {
    scrape_configs: [scraped],
  } = parse(read('deploy/prometheus/prometheus.yml'));
  expect(scraped.static_configs[0].targets).toEqual(['node-1:3000', 'node-2:3000', 'node-3:3000']);
});
