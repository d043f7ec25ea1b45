// Reads the settings from the environment. They are validated once, at startup; an error names the setting and its
// valid values.
import type { z } from 'zod';
import type { Limits } from '../limits/limits.ts';
import type { Timings } from '../timings.ts';
import { defaultTimings } from '../timings.ts';
import type { Prices } from '../usage/prices.ts';
import { baseUrlOf } from './base-url.ts';
import { problemsIn } from './config-problems.ts';
import { type ListedProvider, providersOf } from './provider-list.ts';
import { type LogLevel, url } from './setting-values.ts';
import { documentedName, settings } from './settings.ts';

/** The error for invalid settings, one line each. The process exits with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** All settings (docs/settings.md), parsed. Durations are in milliseconds, in `timings`. */
export interface Config {
  readonly ai: {
    readonly enabled: boolean;
    readonly apiKey: string | undefined;
    /** `undefined`: the demo model is used. */
    readonly apiUrl: string | undefined;
    readonly model: string;
    readonly models: readonly string[];
    readonly systemPrompt: string | undefined;
    /** Whether a user may add a system prompt; default of the module: no. */
    readonly clientSystemPrompt: boolean;
    readonly maxTokens: number | undefined;
    readonly maxTemperature: number;
    /** In tokens; `undefined`: derived from the model's name. */
    readonly contextWindow: number | undefined;
    /** Whether the model writes the titles of conversations; the demo model never does. */
    readonly titles: boolean;
    readonly hashUserId: boolean;
    /** In UTF-16 units. */
    readonly maxReply: number;
    readonly headers: Readonly<Record<string, string>> | undefined;
    /** Several providers, in order of preference. */
    readonly providers: readonly ListedProvider[] | undefined;
    /** Whether another provider that has the model is tried when one fails before its first token. */
    readonly fallback: boolean;
    readonly extraBody: Readonly<Record<string, unknown>> | undefined;
    readonly thinkTags: boolean;
    /** Prices per million tokens, by model. */
    readonly prices: Prices;
    /** The proxies of the environment, where it names any. */
    readonly proxyEnv?: Readonly<Record<string, string>> | undefined;
  };
  readonly limits: Limits & {
    readonly streamsPerUser: number;
    readonly startsPerMinute: number;
    /** Unused tickets. */
    readonly ticketsPerUser: number;
    /** Tokens of one user a day; 0: no limit. */
    readonly tokensPerDay: number;
    /** Tokens of one organization a day; 0: no limit. */
    readonly organizationTokensPerDay: number;
  };
  /** The trusted proxies, in the form of Express's `trust proxy`. */
  readonly trustProxy: false | number | readonly string[];
  readonly port: number;
  readonly host: string;
  readonly dataDir: string;
  readonly logLevel: LogLevel;
  readonly metrics: {
    /** A port of their own. */
    readonly port: number | undefined;
    /** Whether they are on the server's own port where they have none; default: yes. */
    readonly isOnServerPort?: boolean;
    readonly host: string;
    readonly token: string | undefined;
  };
  /** The token of the operator; `undefined`: the routes that need it do not exist. */
  readonly adminToken: string | undefined;
  /** Set if many nodes share a PostgreSQL and a Redis; if unset, `dataDir` holds all data. */
  readonly shared: { readonly databaseUrl: string; readonly redisUrl: string; readonly schema: string } | undefined;
  readonly jwt: {
    readonly secret: string | undefined;
    readonly jwksUrl: string | undefined;
    readonly issuer: string | undefined;
    readonly audience: string | undefined;
    readonly allowsNoExpiry: boolean;
    readonly userClaim: string;
    readonly organizationsClaim: string;
    /** The longest lifetime of a token. */
    readonly maxLifetimeMs: number;
    /** How long fetched keys are trusted, and how long the last ones stay in use while the provider is unreachable. */
    readonly keys: { readonly maxAgeMs: number; readonly outageMs: number };
  };
  readonly corsOrigins: readonly string[];
  readonly timings: Timings;
}

/** Keeps zod from compiling a parser, which costs more than it saves for a schema that is parsed once. */
const parsedOnce = { jitless: true };

/** Reads the settings. Names may be in lower case or upper case; the lower-case one wins.
 *  @throws {ConfigError} with every invalid setting and its valid values. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const given: Record<string, string> = {};
  for (const name of Object.keys(settings.shape)) {
    const value = environment[name] ?? environment[name.toUpperCase()];
    if (value !== undefined && value.trim() !== '') given[name] = value.trim();
  }
  const parsed = settings.safeParse(given, parsedOnce);
  if (!parsed.success) throw new ConfigError(parsed.error.issues.map(describe).join('\n'));
  const raw = configOf(parsed.data);
  const providers = providersIn(parsed.data, given, environment);
  const config = withProxies({ ...raw, ai: completeAi({ ...raw.ai, providers }) }, environment);
  const problems = problemsIn(parsed.data);
  if (problems.length > 0) throw new ConfigError(problems.join('\n'));
  return config;
}

/** Returns the defaults of all settings, with the model's settings not yet completed by `completeAi`. */
export function defaultConfig(): Config {
  return configOf(settings.parse({}, parsedOnce));
}

/** Completes the settings of the model: the base URL and the allowed models, or the demo model without a key and a URL. */
export function completeAi(ai: Config['ai']): Config['ai'] {
  const [provider] = ai.providers ?? [];
  if (ai.providers !== undefined && provider !== undefined) {
    const all = [...new Set(ai.providers.flatMap(({ models }) => models))];
    const model = all.includes(ai.model) ? ai.model : String(provider.models[0]);
    const models = ai.models.length === 0 ? all : [...new Set([model, ...ai.models])];
    return { ...ai, apiUrl: provider.apiUrl, apiKey: provider.apiKey, model, models };
  }
  if (ai.apiKey === undefined && ai.apiUrl === undefined) {
    return { ...ai, model: 'demo', models: ['demo'], titles: false };
  }
  return {
    ...ai,
    apiUrl: baseUrlOf(ai.apiUrl ?? 'https://api.openai.com/v1'),
    models: [...new Set([ai.model, ...ai.models])],
  };
}

/** Reads `ai_providers`.
 *  @throws {ConfigError} when it contradicts another setting, or names a variable that is not set. */
function providersIn(
  { ai_providers, ai_model, ai_models = [] }: z.infer<typeof settings>,
  given: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): ListedProvider[] | undefined {
  if (ai_providers === undefined) return undefined;
  const single = ['ai_api_url', 'ai_api_key', 'ai_headers'].find((name) => given[name] !== undefined);
  if (single !== undefined) throw new ConfigError(`ai_providers and ${single} exclude each other; set one of them`);
  const { providers, missing } = providersOf(ai_providers, environment);
  if (missing.length > 0) {
    throw new ConfigError(`ai_providers names environment variables that are not set: ${missing.join(', ')}`);
  }
  const chosen = [...(given.ai_model === undefined ? [] : [ai_model]), ...ai_models];
  const unknown = chosen.find((model) => !providers.some(({ models }) => models.includes(model)));
  if (unknown !== undefined) throw new ConfigError(`ai_providers has no provider with the model ${unknown}`);
  return providers;
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${documentedName(String(path[0]))} ${message}`;
}

function configOf(values: z.infer<typeof settings>): Config {
  return {
    ai: {
      enabled: values.ai_enabled,
      apiKey: values.ai_api_key,
      apiUrl: values.ai_api_url,
      headers: values.ai_headers,
      providers: undefined,
      fallback: values.ai_fallback,
      extraBody: values.ai_extra_body,
      thinkTags: values.ai_think_tags,
      prices: values.ai_prices,
      model: values.ai_model,
      models: values.ai_models ?? [],
      systemPrompt: values.ai_system_prompt,
      clientSystemPrompt: values.ai_client_system_prompt,
      maxTokens: values.ai_max_tokens,
      maxTemperature: values.ai_max_temperature,
      contextWindow: values.ai_context_window,
      titles: values.ai_titles,
      hashUserId: values.ai_hash_user_id,
      maxReply: values.ai_max_reply,
    },
    limits: limitsOf(values),
    trustProxy: values.trust_proxy,
    port: values.port,
    host: values.host,
    dataDir: values.data_dir,
    logLevel: values.log_level,
    metrics: { port: values.metrics_port, host: values.host, token: values.metrics_token },
    adminToken: values.admin_token,
    shared: sharedOf(values),
    jwt: {
      secret: values.jwt_secret,
      jwksUrl: values.jwt_jwks_url,
      issuer: values.jwt_issuer,
      audience: values.jwt_audience,
      allowsNoExpiry: values.jwt_allow.includes('no-expiry'),
      userClaim: values.jwt_user_claim,
      organizationsClaim: values.jwt_organizations_claim,
      maxLifetimeMs: values.jwt_max_lifetime * 1000,
      keys: { maxAgeMs: values.jwt_jwks_max_age * 1000, outageMs: values.jwt_jwks_outage * 1000 },
    },
    corsOrigins: values.cors_origins,
    timings: {
      ...defaultTimings,
      stallMs: values.ai_stall_timeout * 1000,
      textMs: values.ai_text_timeout * 1000,
      maxDurationMs: values.ai_max_duration * 1000,
      abandonedMs: values.ai_abandoned_after * 1000,
      retentionMs: values.stream_retention * 1000,
      maxAgeMs: values.stream_max_age * 1000,
      shutdownGraceMs: values.shutdown_grace * 1000,
      requestMs: values.request_timeout * 1000,
      nodeLeaseMs: values.node_lease * 1000,
      leaseRenewMs: (values.node_lease * 1000) / 16,
    },
  };
}

function limitsOf(values: z.infer<typeof settings>): Config['limits'] {
  return {
    streamsPerUser: values.max_streams_per_user,
    startsPerMinute: values.starts_per_minute,
    requestsPerMinute: values.requests_per_minute,
    connectionsPerUser: values.max_connections_per_user,
    ticketsPerUser: values.max_tickets_per_user,
    tokensPerDay: values.tokens_per_day,
    organizationTokensPerDay: values.organization_tokens_per_day,
    uploadsPerUser: values.max_uploads_per_user,
    anonymousConnections: values.max_anonymous_connections,
    anonymousRequestsPerMinute: values.anonymous_requests_per_minute,
  };
}

const proxySettings = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];

/** @throws {ConfigError} for a proxy that Node.js would leave out, or reject with its password. */
function withProxies(config: Config, environment: Readonly<Record<string, string | undefined>>): Config {
  const names = proxySettings.flatMap((name) => [name, name.toLowerCase()]);
  const given = names.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : []));
  for (const [name, value] of given) {
    const parsed = url('http|https').safeParse(value);
    if (!/^no/i.test(name) && !parsed.success) throw new ConfigError(`${name} ${parsed.error.issues[0]?.message}`);
  }
  return given.length === 0 ? config : { ...config, ai: { ...config.ai, proxyEnv: Object.fromEntries(given) } };
}

function sharedOf({ database_url, redis_url, database_schema }: z.infer<typeof settings>): Config['shared'] {
  if (database_url === undefined || redis_url === undefined) return undefined;
  return { databaseUrl: database_url, redisUrl: redis_url, schema: database_schema };
}
