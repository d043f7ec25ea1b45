// Connects to the Redis that nodes share, if there is one.
import type { RedisOptions } from 'ioredis';
import { RedisLink } from './redis-link.ts';

/** Where Redis is: a URL, or the address of a connection of the application. */
type RedisPlace = { readonly redisUrl: string } | { readonly redis: { readonly options: RedisOptions } };

/** Opens the link; `undefined` for a storage without Redis. */
export async function openRedis(
  place: RedisPlace | object,
  { timeoutMs }: { timeoutMs: number },
): Promise<RedisLink | undefined> {
  if ('redisUrl' in place) return RedisLink.open({ url: place.redisUrl, timeoutMs });
  if ('redis' in place) return RedisLink.open({ url: place.redis, timeoutMs });
  return undefined;
}
