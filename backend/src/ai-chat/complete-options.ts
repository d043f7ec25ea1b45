// Completes the options of `AiChatModule` with the defaults of the settings, and rejects what cannot work.
import { Logger } from '@nestjs/common';
import { limits as requestLimits } from '@sillage/protocol';
import { type Authenticate, byHost, byToken } from '../auth/authenticate.ts';
import type { RevocationOptions } from '../auth/revocation/revocations.ts';
import { TokenVerifier } from '../auth/tokens/token-verifier.ts';
import { isWeakSecret } from '../auth/tokens/weak-secret.ts';
import { type Config, ConfigError, completeAi, defaultConfig, readConfig } from '../config/config.ts';
import { nodeProblem } from '../config/node-version.ts';
import type { Observer } from '../observing/observer.ts';
import type { UsageOptions } from '../usage/usage-options.ts';
import type { AiChatOptions, AiSettings, AuthOptions, StorageOptions } from './ai-chat-options.ts';
import type { ChatOptions } from './chat-options.ts';
import type { OnEnd, Prepare } from './hooks.ts';

/** The options with every default. */
export interface CompleteOptions extends Pick<Config, 'ai' | 'limits' | 'timings'> {
  readonly storage: StorageOptions;
  /** Whether several processes share the storage. */
  readonly isShared: boolean;
  readonly auth: AuthOptions;
  readonly prepare: Prepare | undefined;
  readonly onEnd: OnEnd | undefined;
  readonly observer: Observer;
}

/** Injects the completed options. */
export const COMPLETE_OPTIONS = Symbol('CompleteOptions');

const logger = new Logger('AiChatModule');

/** Completes the options.
 *  @throws {ConfigError} with one line that names what to set. */
export function completeOptions(options: AiChatOptions): CompleteOptions {
  const problem = nodeProblem();
  if (problem !== undefined) throw new ConfigError(problem);
  const defaults = defaultConfig();
  const { storage = { dataDir: defaults.dataDir }, prepare, onEnd } = options;
  const auth = checkedAuth(options.auth);
  const ai = completedAi(options.ai ?? {});
  if (ai.apiUrl === undefined) logger.log('Neither ai.apiKey nor ai.apiUrl is set: the demo model answers.');
  return {
    ai,
    limits: { ...defaults.limits, ...defined(options.limits ?? {}) },
    timings: { ...defaults.timings, ...defined(options.timings ?? {}) },
    storage,
    isShared: 'databaseUrl' in storage || 'pool' in storage,
    auth,
    prepare,
    onEnd,
    observer: options.observer ?? {},
  };
}

/** Returns the options that a configuration of the environment amounts to. */
export function optionsOf({ ai, limits, timings, dataDir, shared, jwt }: Config): AiChatOptions {
  return { ai, limits, timings, storage: shared ?? { dataDir }, auth: authOf(jwt) };
}

/** Reads the options from the environment (docs/settings.md), for `AiChatModule.forRoot(fromEnvironment())`.
 *  @throws {ConfigError} with every invalid setting. */
export function fromEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): AiChatOptions {
  return optionsOf(readConfig(environment));
}

/** Returns the function that authenticates requests. */
export function authenticateOf(auth: AuthOptions): Authenticate {
  if ('resolveUser' in auth) return byHost(auth.resolveUser);
  const { issuer, audience, allowsNoExpiry, userClaim, organizationsClaim } = auth;
  const key =
    'jwtSecret' in auth
      ? { secret: auth.jwtSecret, jwksUrl: undefined }
      : { secret: undefined, jwksUrl: auth.jwksUrl, keys: auth.keys };
  return byToken(new TokenVerifier({ ...key, issuer, audience, allowsNoExpiry, userClaim, organizationsClaim }));
}

/** Returns the options of revocations. A token without an expiry is revoked forever. */
export function revocationOptionsOf({ auth, timings, isShared }: CompleteOptions): RevocationOptions {
  const isEnabled = !('resolveUser' in auth);
  const keepMs = isEnabled ? (auth.maxLifetimeMs ?? defaultConfig().jwt.maxLifetimeMs) : 0;
  const isEndless = isEnabled && auth.allowsNoExpiry;
  return { ...timings, isEnabled, isShared, keepMs: isEndless ? Number.POSITIVE_INFINITY : keepMs };
}

/** Returns the part of the options that the chat's services inject. */
export function chatOptionsOf({ ai, limits, timings, prepare, onEnd }: CompleteOptions): ChatOptions {
  return {
    ...limits,
    isEnabled: ai.enabled,
    isDemo: ai.apiUrl === undefined,
    models: ai.models,
    defaultModel: ai.model,
    providers: ai.providers,
    maxTemperature: ai.maxTemperature,
    systemPrompt: ai.systemPrompt,
    systemPromptLength: ai.clientSystemPrompt ? requestLimits.systemPromptLength : 0,
    hasModelTitles: ai.titles,
    maxReply: ai.maxReply,
    timings,
    prepare,
    onEnd,
  };
}

/** Returns the options of accounting. */
export function usageOptionsOf({ ai, limits }: CompleteOptions): UsageOptions {
  const { uploadsPerUser: _, anonymousConnections: __, anonymousRequestsPerMinute: ___, ...shown } = limits;
  return { prices: ai.prices, limits: shown };
}

function authOf({ secret, jwksUrl, keys, ...checks }: Config['jwt']): AuthOptions | undefined {
  if (jwksUrl !== undefined) return { jwksUrl, keys, ...checks };
  return secret === undefined ? undefined : { jwtSecret: secret, ...checks };
}

function completedAi(given: AiSettings): Config['ai'] {
  if (given.apiUrl !== undefined && !URL.canParse(given.apiUrl)) {
    throw new ConfigError('AiChatModule: ai.apiUrl must be a URL such as https://api.openai.com/v1.');
  }
  // In an application of its own, the host decides what the model is told.
  return completeAi({ ...defaultConfig().ai, clientSystemPrompt: false, ...defined(given) });
}

function checkedAuth(auth: AuthOptions | undefined): AuthOptions {
  const isGiven =
    auth !== undefined &&
    (('resolveUser' in auth && typeof auth.resolveUser === 'function') ||
      ('jwtSecret' in auth && !!auth.jwtSecret) ||
      ('jwksUrl' in auth && !!auth.jwksUrl));
  if (!isGiven) {
    throw new ConfigError(
      'AiChatModule needs to know who sends a request: set auth.jwtSecret, auth.jwksUrl or auth.resolveUser.',
    );
  }
  const secret = 'jwtSecret' in auth ? auth.jwtSecret : undefined;
  if (secret !== undefined && (secret.length < 32 || isWeakSecret(secret))) {
    logger.warn('auth.jwtSecret can be guessed; make a random one, with openssl rand -base64 32.');
  }
  return auth;
}

/** Leaves out the fields that are `undefined`, so that they do not hide a default. */
function defined<Fields extends object>(fields: Fields): { [Name in keyof Fields]: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
