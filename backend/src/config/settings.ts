// Every setting by its name in the environment: valid values, default, and description for docs/settings.md.
import { z } from 'zod';
import { providerList } from './provider-list.ts';
import {
  flag,
  headerList,
  jsonObject,
  list,
  logLevels,
  origins,
  prices,
  proxies,
  redisUrl,
  risks,
  type SecretPart,
  secret,
  secretParts,
  timer,
  url,
  whole,
} from './setting-values.ts';

/** One section of docs/settings.md. */
interface SettingGroup {
  readonly title: string;
  readonly shape: Record<string, z.ZodType>;
}

const model = {
  ai_enabled: flag.default(true).describe('`false` refuses every start with `503 ai-disabled`'),
  ai_api_key: secret().optional().describe("the provider's key"),
  ai_model: z.string().default('gpt-3.5-turbo').describe('the default model'),
  ai_api_url: url('http|https')
    .optional()
    .describe(
      'the base URL of any OpenAI-compatible server; default `https://api.openai.com/v1`. Without a key and a URL the demo model is used',
    ),
  ai_models: list.optional().describe('the models that a client may select; default: only `ai_model`'),
  ai_system_prompt: z.string().optional().describe('the system prompt of every conversation'),
  ai_client_system_prompt: flag
    .default(true)
    .describe(
      'whether a user may add a system prompt of up to 8,000 characters to a conversation, behind `ai_system_prompt`; `false` refuses it with `400`',
    ),
  ai_max_tokens: whole(1)
    .optional()
    .describe("the maximum number of tokens of one reply; default: the provider's limit"),
  ai_max_temperature: z
    .string()
    .refine((text) => Number(text) > 0 && Number(text) <= 2, 'must be a number above 0, up to 2')
    .transform(Number)
    .default(1)
    .describe('the highest temperature that a client may request, up to 2'),
  ai_context_window: whole(256)
    .optional()
    .describe(
      "the model's context window in tokens; older messages that do not fit are left out. Default: derived from the model's name, else 128,000",
    ),
  ai_think_tags: flag
    .default(true)
    .describe('`<think>` tags at the start of a reply are reasoning; `false` leaves them in the text'),
  ai_headers: headerList
    .optional()
    .describe(
      'headers of every request to the provider, as JSON or as `Name: value` lines, such as `{"HTTP-Referer":"https://app.example.com"}`',
    ),
  ai_providers: providerList
    .optional()
    .describe(
      'several providers instead of `ai_api_url` and `ai_api_key`, as a JSON list of `{"name","url","key","models","headers"}` in order of preference; `key` is a key or the name of the environment variable that holds it, `headers` are optional. A model is asked from the first provider that lists it (docs/providers.md)',
    ),
  ai_fallback: flag
    .default(false)
    .describe(
      'whether the next provider of `ai_providers` that lists the model is tried when one fails before its first token',
    ),
  ai_extra_body: jsonObject
    .refine((body) => !('messages' in body || 'stream' in body), 'may not hold messages or stream')
    .optional()
    .describe('a JSON object that is merged into the body of every request to the provider'),
  ai_prices: prices
    .default({})
    .describe(
      'prices per million tokens by model, as JSON: `{"gpt-4o":{"prompt":2.5,"cached":1.25,"completion":10}}`; `cached` defaults to `prompt`. Replies and `GET /usage` then have costs',
    ),
  ai_titles: flag
    .default(true)
    .describe('whether the model writes the title of each new conversation (the demo model never does)'),
  ai_hash_user_id: flag
    .default(false)
    .describe("whether the provider gets a hash of the user's id, as `safety_identifier`"),
  ai_stall_timeout: timer(1).default(60).describe('seconds without a byte from the provider before a reply fails'),
  ai_text_timeout: timer(1)
    .default(600)
    .describe('seconds without text or reasoning from the provider, even if it sends other data, before a reply fails'),
  ai_max_duration: timer(1).default(3_600).describe('the maximum duration of one reply, in seconds'),
  ai_abandoned_after: whole(0)
    .default(600)
    .describe(
      'seconds for which a reply continues without a reader; `0` ends it when its last reader leaves. For its first reader it waits at least 2 seconds',
    ),
  ai_max_reply: whole(1).default(8_000_000).describe('UTF-16 units; a longer reply ends with `length`'),
};

const limits = {
  max_streams_per_user: whole(1).default(8).describe('concurrent replies of one user'),
  starts_per_minute: whole(1).default(60).describe('replies that one user may start per minute; reads do not count'),
  requests_per_minute: whole(1).default(600).describe('requests of one user per minute'),
  max_connections_per_user: whole(1).default(100).describe('open event streams of one user (replies and feeds)'),
  max_tickets_per_user: whole(1).default(100).describe('unused tickets of one user'),
  max_uploads_per_user: whole(1)
    .default(16)
    .describe('request bodies above 64 kB of one user that are received concurrently, on each node'),
  tokens_per_day: whole(0)
    .default(0)
    .describe('tokens of one user per day (UTC), prompts and replies; `0`: no limit (docs/operations.md)'),
  organization_tokens_per_day: whole(0)
    .default(0)
    .describe("tokens of one organization of the users' tokens per day; `0`: no limit"),
};

const network = {
  anonymous_requests_per_minute: whole(1)
    .default(600)
    .describe(
      'requests without a valid token or ticket from one address (IPv6: one /64 network) per minute; behind a proxy set `trust_proxy`, or all clients share this limit',
    ),
  max_anonymous_connections: whole(1)
    .default(1_000)
    .describe('connections of one node without an authenticated request; beyond it the longest idle one is closed'),
  request_timeout: timer(1).default(30).describe('seconds within which a request must arrive, including its body'),
  trust_proxy: proxies
    .default(false)
    .describe(
      'the proxies whose `X-Forwarded-*` headers are trusted: their number, or addresses, subnets and `loopback`, `linklocal`, `uniquelocal`, separated by commas',
    ),
};

const streams = {
  stream_retention: whole(1).default(86_400).describe('seconds for which an ended stream can be read'),
  stream_max_age: timer(1).default(3_600).describe('seconds after which one connection or ticket ends'),
  shutdown_grace: timer(0).default(10).describe('seconds for which replies may continue after SIGTERM'),
};

const signIn = {
  jwt_secret: secret(32)
    .optional()
    .describe(
      'the HS256 secret of your tokens, at least 32 random characters: `openssl rand -base64 32`. Without this and `JWT_JWKS_URL`, sign-in is local, with the link that the server prints at startup',
    ),
  jwt_jwks_url: url('http|https').optional().describe('the `https` URL of the public keys of your identity provider'),
  jwt_issuer: z.string().optional().describe('the `iss` that tokens must have; required with `JWT_JWKS_URL`'),
  jwt_audience: z.string().optional().describe('the `aud` that tokens must have; required with `JWT_JWKS_URL`'),
  jwt_user_claim: z
    .string()
    .default('sub')
    .describe("the claim with the user's id, which must never be another user's"),
  jwt_organizations_claim: z
    .string()
    .default('organizations')
    .describe(
      "the claim with the ids of the user's organizations: a list, or one id if it has another name than the default",
    ),
  jwt_jwks_max_age: timer(1)
    .default(60)
    .describe(
      'seconds for which fetched keys are trusted: a key that the provider removed is refused within this time',
    ),
  jwt_jwks_outage: whole(0)
    .default(3_600)
    .describe('seconds for which the last keys stay in use while the provider cannot be reached; `0`: not at all'),
  jwt_max_lifetime: whole(1)
    .default(7_776_000)
    .describe(
      'the longest lifetime of your tokens, in seconds; default 90 days. A revocation whose token names no expiry is kept for as long (SECURITY.md)',
    ),
  jwt_allow: risks
    .default([])
    .describe(
      'risks that you accept: `weak-secret`, `http-jwks`, `any-issuer`, `any-audience`, `no-expiry` (tokens without `exp`)',
    ),
  cors_origins: origins
    .default([])
    .describe('exact origins of pages on other hosts that may use the API; default: none'),
};

const service = {
  port: whole(0, 65_535).default(3000).describe('the port to listen on; `0`: any free port'),
  host: z
    .string()
    .default('127.0.0.1')
    .describe('the address to listen on; an address that other machines can reach requires a JWT setting'),
  data_dir: z.string().default('./data').describe('the folder that contains the database and the local secret'),
};

const operations = {
  log_level: z
    .enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` })
    .default('info')
    .describe('the least severe lines of the log: `fatal`, `error`, `warn`, `info`, `debug` or `trace`'),
  admin_token: secret(16)
    .optional()
    .describe(
      'the Bearer token of `POST /api/auth/revoke`, which revokes tokens (docs/protocol.md §8); without it the route does not exist',
    ),
  metrics_token: secret(16)
    .optional()
    .describe('the Bearer token with which other machines may read `/metrics`; without it only this machine may'),
  metrics_port: whole(0, 65_535)
    .optional()
    .describe('a port of its own for `/metrics`; default: the port of the server'),
};

const nodes = {
  database_url: url('postgres|postgresql')
    .optional()
    .describe('the PostgreSQL server (14 or later) of many nodes; requires `REDIS_URL` and a JWT setting'),
  database_schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, 'must be a name of lower-case letters, digits and _')
    .default('public')
    .describe('the PostgreSQL schema of all tables; created if it does not exist'),
  redis_url: redisUrl
    .optional()
    .describe(
      'the Redis server (7 or later) of many nodes; several addresses of one Redis Cluster, separated by commas',
    ),
  node_lease: timer(1)
    .default(8)
    .describe('seconds without a lease renewal after which the other nodes end the replies of a node'),
};

/** The settings in the order of docs/settings.md, which omits settings without a description. */
export const settingGroups: readonly SettingGroup[] = [
  { title: 'Model', shape: model },
  { title: 'Limits', shape: limits },
  { title: 'Network', shape: network },
  { title: 'Streams', shape: streams },
  { title: 'Sign-in', shape: signIn },
  { title: 'Server', shape: service },
  { title: 'Operations', shape: operations },
  { title: 'Many nodes', shape: nodes },
];

/** Parses the settings, by their lower-case names. */
export const settings = z.object({
  ...model,
  ...limits,
  ...network,
  ...streams,
  ...signIn,
  ...service,
  ...operations,
  ...nodes,
});

/** The secret part of each setting that has one, by its lower-case name. */
export const secretSettings: ReadonlyMap<string, SecretPart> = new Map(
  Object.entries(settings.shape).flatMap(([name, schema]) => {
    const value = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : schema;
    const { part } = secretParts.get(value) ?? {};
    return part === undefined ? [] : [[name, part] as const];
  }),
);

/** Returns the name of a setting as documented: upper case for those that are so by convention (`PORT`,
 *  `DATABASE_URL`). */
export function documentedName(name: string): string {
  const isUpperCase =
    name in signIn ||
    name in service ||
    name === 'admin_token' ||
    name === 'metrics_token' ||
    name === 'database_url' ||
    name === 'database_schema' ||
    name === 'redis_url';
  return isUpperCase ? name.toUpperCase() : name;
}
