// Connects to the Redis that nodes share, if there is one. Its driver is loaded only then.
import type { RedisOptions } from 'ioredis';
import type { RedisLink } from './redis-link.ts';

/** Injects the link. */
export const REDIS_LINK = Symbol('RedisLink');

/** Where Redis is: a URL, or the address of a connection of the application. */
type RedisPlace = { readonly redisUrl: string } | { readonly redis: { readonly options: RedisOptions } };

/** Opens the link; `undefined` for a storage without Redis. */
export async function openRedis(
  place: RedisPlace | object,
  { timeoutMs }: { timeoutMs: number },
): Promise<RedisLink | undefined> {
  const url = 'redisUrl' in place ? place.redisUrl : 'redis' in place ? place.redis : undefined;
  if (url === undefined) return undefined;
  const { RedisLink } = await import('./redis-link.ts');
  return RedisLink.open({ url, timeoutMs });
}
