// The options of `AiChatModule`. What is left out has the default of its setting (docs/settings.md).
import type { User } from '../auth/user.ts';
import type { Config } from '../config/config.ts';
import type { Observer } from '../observing/observer.ts';
import type { Timings } from '../timings.ts';
import type { OnEnd, Prepare } from './hooks.ts';

/** Every field may be absent or `undefined`. */
type Optional<Fields> = { readonly [Name in keyof Fields]?: Fields[Name] | undefined };

/** The model and its provider. Without a key and a URL the demo model answers. */
export type AiSettings = Optional<Config['ai']>;

/** Limits of users and of the process. */
export type LimitSettings = Optional<Config['limits']>;

/** A `Pool` of `pg`, or a `Redis` of `ioredis`, of any version. */
interface OwnConnections {
  readonly options: object;
}

/** Where streams and conversations are stored. */
export type StorageOptions =
  /** One process: a folder that it owns. */
  | { readonly dataDir: string }
  /** Several processes. `schema` is the PostgreSQL schema of all tables; default: `sillage`. */
  | { readonly databaseUrl: string; readonly redisUrl: string; readonly schema?: string | undefined }
  /** Several processes, with the addresses and credentials of the application's own connections. */
  | { readonly pool: OwnConnections; readonly redis: OwnConnections; readonly schema?: string | undefined }
  /** For tests: nothing outlives the process. */
  | { readonly memory: true };

/** How requests are authenticated. */
export type AuthOptions =
  /** By a JWT (HS256) whose `sub` is the user. */
  | {
      readonly jwtSecret: string | undefined;
      readonly issuer?: string | undefined;
      readonly audience?: string | undefined;
      /** Whether a token without `exp` is valid, without any limit; default: no. */
      readonly allowsNoExpiry?: boolean | undefined;
      /** The claim with the user's id; default: `sub`. */
      readonly userClaim?: string | undefined;
      /** The claim with the user's organizations; default: `organizations`. */
      readonly organizationsClaim?: string | undefined;
      /** The longest lifetime of a token; default: 90 days. A revocation without an expiry is kept for as long. */
      readonly maxLifetimeMs?: number | undefined;
      readonly tickets?: boolean | undefined;
    }
  /** By a JWT of an identity provider. */
  | {
      readonly jwksUrl: string | undefined;
      readonly issuer: string | undefined;
      readonly audience: string | undefined;
      readonly allowsNoExpiry?: boolean | undefined;
      /** The claim with the user's id; default: `sub`. */
      readonly userClaim?: string | undefined;
      /** The claim with the user's organizations; default: `organizations`. */
      readonly organizationsClaim?: string | undefined;
      /** The longest lifetime of a token; default: 90 days. A revocation without an expiry is kept for as long. */
      readonly maxLifetimeMs?: number | undefined;
      /** How long fetched keys are trusted, and how long the last ones stay in use during an outage. */
      readonly keys?: { readonly maxAgeMs: number; readonly outageMs: number } | undefined;
      readonly tickets?: boolean | undefined;
    }
  /** By the application itself. `request` is the framework's request, behind the application's global guards and middleware.
   *  `tickets`: whether `EventSource` may use tickets; default: yes. */
  | {
      // biome-ignore lint/suspicious/noExplicitAny: the request is Express's or Fastify's, as the application knows
      readonly resolveUser: (request: any) => User | null | undefined | Promise<User | null | undefined>;
      readonly tickets?: boolean | undefined;
    };

/** The options of `AiChatModule.forRoot` and of the factory of `forRootAsync`, apart from `PlacementOptions`. */
export interface AiChatOptions {
  readonly ai?: AiSettings | undefined;
  /** Default: the folder `./data`. */
  readonly storage?: StorageOptions | undefined;
  /** Required: without it the application does not start. */
  readonly auth?: AuthOptions | undefined;
  /** Decides what is sent to the model, for each reply. */
  readonly prepare?: Prepare | undefined;
  /** Called after each reply, once its end is stored. */
  readonly onEnd?: OnEnd | undefined;
  readonly limits?: LimitSettings | undefined;
  /** Receives measurements, for the metrics of the application. */
  readonly observer?: Observer | undefined;
  /** Durations in milliseconds. */
  readonly timings?: Partial<Timings> | undefined;
}

/** A wire format of another protocol that the module adds. */
export interface AddedProtocol {
  /** The path of its routes. */
  readonly path?: string | undefined;
}

/** Where the module places its routes. Beside the options in `forRoot`, and beside the factory in `forRootAsync`. */
export interface PlacementOptions {
  /** Default: `api/ai-chat`. */
  readonly path?: string | undefined;
  readonly isGlobal?: boolean | undefined;
  /** Adds the routes of the AI SDK's `useChat`, by default under `api/chat` (docs/ai-sdk.md). */
  readonly aiSdk?: AddedProtocol | undefined;
  /** Adds the route of AG-UI clients, by default `api/ag-ui` (docs/ai-sdk.md). */
  readonly agUi?: AddedProtocol | undefined;
}

/** A class whose instance provides the options, for `forRootAsync({ useClass })` and `useExisting`. */
export interface AiChatOptionsFactory {
  createAiChatOptions(): AiChatOptions | Promise<AiChatOptions>;
}
