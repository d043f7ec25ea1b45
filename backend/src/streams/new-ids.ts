// Creates ids: ULIDs. Their random part comes from a pool, as the library by itself asks the system for each of its 16 characters.
import { randomBytes } from 'node:crypto';
import { monotonicFactory, ulid } from 'ulid';

/** Number of random bytes that are requested at once; an id takes 16. */
const poolLength = 1_024;

/** Creates a function that returns a new id on each call. */
export function idFactory(): () => string {
  const random = randomFractions();
  return () => ulid(undefined, random);
}

/** Creates a function whose ids also sort in the order of the calls, even within a millisecond. */
export function monotonicIdFactory(): () => string {
  const next = monotonicFactory(randomFractions());
  return () => next();
}

/** Returns cryptographically random numbers from 0 to less than 1, each from one byte: a character of an id needs five bits. */
function randomFractions(): () => number {
  let pool = randomBytes(poolLength);
  let used = 0;
  return () => {
    if (used === poolLength) {
      pool = randomBytes(poolLength);
      used = 0;
    }
    return pool.readUInt8(used++) / 256;
  };
}
