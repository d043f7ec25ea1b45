// What an operator gets is closed by default: passwords, addresses, capabilities, memory, networks, logs.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { isWeakSecret } from '../../backend/src/auth/tokens/weak-secret.ts';

const read = (path: string) => readFileSync(new URL(`../../deploy/${path}`, import.meta.url), 'utf8');
const readYaml = (path: string) => parse(read(path), { merge: true });

interface Service {
  readonly cap_drop?: string[];
  readonly security_opt?: string[];
  readonly mem_limit?: string;
  readonly read_only?: boolean;
  readonly pids_limit?: number;
  readonly ports?: string[];
  readonly command?: string[];
  readonly environment?: Record<string, string>;
}
const services: Record<string, Service> = readYaml('compose.yaml').services;
const nginx = read('nginx.conf').replaceAll(/#.*/g, '');

test.each(Object.entries(services))(
  'compose: %s has no capability that it does not name, and a limit of memory',
  (_, service) => {
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.pids_limit).toBeGreaterThan(0);
  },
);

test('compose: every password comes from the environment, and none has a default', () => {
  const { environment = {} } = services['node-1'] ?? {};

  expect(environment.DATABASE_URL).toMatch(/:\$\{POSTGRES_PASSWORD:\?[^}]+\}@/);
  expect(environment.REDIS_URL).toMatch(/:\$\{REDIS_PASSWORD:\?[^}]+\}@/);
  expect(services.postgres?.environment?.POSTGRES_PASSWORD).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  expect(services.redis?.environment?.REDISCLI_AUTH).toMatch(/^\$\{REDIS_PASSWORD:\?/);
  expect(services.redis?.command?.join(' ')).toContain('requirepass $$REDISCLI_AUTH');
});

test('compose: it listens on loopback unless BIND says otherwise, and nodes write no file', () => {
  expect(services.nginx?.ports).toEqual([expect.stringMatching(/^\$\{BIND:-127\.0\.0\.1\}:\$\{PORT:-8080\}:80$/)]);
  for (const name of ['node-1', 'node-2', 'node-3', 'redis']) expect(services[name]?.read_only).toBe(true);
});

test('nginx never repeats a GET that starts a reply, however its path is spelled', () => {
  const [, pattern = '', block = ''] = /location ~\* (\S+stream-sse\S*) \{([^}]+)\}/.exec(nginx) ?? [];

  expect(block).toContain('proxy_next_upstream off;');
  for (const path of ['/api/ai-chat/stream-sse', '/api/ai-chat/stream-sse/', '/API/AI-chat/Stream-SSE']) {
    expect(new RegExp(pattern, 'i').test(path), path).toBe(true);
  }
  expect(new RegExp(pattern, 'i').test('/api/ai-chat/streams/01JDA5ZQ')).toBe(false);
});

test('nginx logs no query, neither of a request that went well nor of one that failed', () => {
  const [, format = ''] = /log_format plain '([^']+)'/.exec(nginx) ?? [];
  const [, http = ''] = /http \{([\s\S]+)/.exec(nginx) ?? [];

  expect(format).not.toMatch(/\$(request|request_uri|args|query_string|http_referer|arg_\w+)\b(?!_)/);
  expect(http).toContain('error_log stderr emerg;');
});

test('Kubernetes: the secret of the example starts no server', () => {
  expect(isWeakSecret(readYaml('kubernetes/secret.example.yaml').stringData.JWT_SECRET)).toBe(true);
});

test('Kubernetes: nodes are reached through the ingress only, and reach no metadata of the cloud', () => {
  const { spec } = readYaml('kubernetes/network-policy.yaml');
  const { template } = readYaml('kubernetes/deployment.yaml').spec;
  const blocks = spec.egress.flatMap(({ to }: { to: { ipBlock?: { except: string[] } }[] }) =>
    to.map((one) => one.ipBlock),
  );

  expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
  expect(spec.podSelector.matchLabels).toEqual(template.metadata.labels);
  expect(spec.ingress.every(({ from }: { from?: object[] }) => from !== undefined && from.length > 0)).toBe(true);
  for (const block of blocks) if (block !== undefined) expect(block.except).toContain('169.254.0.0/16');
});

test('Kubernetes: the ingress never repeats a GET that starts a reply', () => {
  const [first, sse] = ['ingress', 'ingress-stream-sse'].map((name) => readYaml(`kubernetes/${name}.yaml`));
  const prefix = 'nginx.ingress.kubernetes.io/';

  expect(sse.metadata.annotations).toMatchObject({
    ...first.metadata.annotations,
    [`${prefix}proxy-next-upstream`]: 'off',
    [`${prefix}use-regex`]: 'true',
  });
  expect(sse.spec.rules[0].host).toBe(first.spec.rules[0].host);
  expect(sse.spec.rules[0].http.paths[0].path).toBe('/api/ai-chat/stream-sse/?$');
});
