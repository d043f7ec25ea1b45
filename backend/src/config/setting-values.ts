// The forms of a setting's text, as zod schemas that return the value: lists, numbers, URLs, JSON.
import { isIP } from 'node:net';
import { z } from 'zod';
import type { Prices } from '../usage/prices.ts';

/** Texts, separated by commas. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

/** Yes or no. */
export const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'], { error: 'must be true or false' })
  .transform((text) => text === 'true' || text === '1' || text === 'yes');

/** A whole number from `min` to `max`. */
export const whole = (min: number, max = 999_999_999_999) => {
  const allowed = max < 999_999_999_999 ? `from ${min} to ${max}` : `of at least ${min}`;
  return z
    .string()
    .regex(/^\d{1,12}$/, `must be a whole number ${allowed}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number ${allowed}`);
};

/** In seconds. A platform timer with a longer delay fires at once. */
export const timer = (min: number) => whole(min, Math.floor((2 ** 31 - 1) / 1000));

/** Which part of a setting's text must not be printed: all of it, the password and the query of URLs, or the keys in JSON
 *  and headers. */
export type SecretPart = 'all' | 'url' | 'keys';

/** The schemas of values with a secret part. */
export const secretParts = z.registry<{ part: SecretPart }>();

/** A key or token. */
export const secret = (minLength = 0) =>
  z.string().min(minLength, `must have at least ${minLength} characters`).register(secretParts, { part: 'all' });

/** A URL with one of the schemes, which `|` separates. */
export const url = (schemes: string) =>
  z
    .string()
    .refine((text) => URL.canParse(text) && new RegExp(`^(${schemes}):$`).test(new URL(text).protocol), {
      error: `must be a URL that begins with ${schemes.replaceAll('|', ':// or ')}://`,
    })
    .register(secretParts, { part: 'url' });

/** One address, or several of one cluster. */
export const redisUrl = list
  .refine((urls) => urls.every((one) => url('redis|rediss').safeParse(one).success), {
    error: 'must be a URL that begins with redis:// or rediss://; several of one cluster, separated by commas',
  })
  .transform((urls) => urls.join(','))
  .register(secretParts, { part: 'url' });

/** A JSON object. */
export const jsonObject = z.string().transform((text, context): Record<string, unknown> => {
  const value = parsedJson(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  context.addIssue('must be a JSON object such as {"top_p":0.9}');
  return z.NEVER;
});

const amount = z.number().min(0).max(1e9);

/** Prices by model. */
export const prices = z.string().transform((text, context): Prices => {
  const price = z.strictObject({ prompt: amount, cached: amount.optional(), completion: amount });
  const parsed = z.record(z.string(), price).safeParse(parsedJson(text));
  if (parsed.success) return parsed.data;
  context.addIssue('must be JSON such as {"gpt-4o":{"prompt":2.5,"cached":1.25,"completion":10}}');
  return z.NEVER;
});

/** HTTP headers: a JSON object, or one `Name: value` a line. */
export const headerList = z
  .string()
  .transform((text, context): Record<string, string> => {
    const entries = text.startsWith('{') ? Object.entries(parsedJson(text) ?? { '': '' }) : linesOf(text);
    const isHeader = (name: string, value: unknown) =>
      /^[\w!#$%&'*+.^`|~-]+$/.test(name) && typeof value === 'string' && /^[\x20-\x7e\x80-\xff]*$/.test(value);
    if (entries.every(([name, value]) => isHeader(name, value))) return Object.fromEntries(entries);
    context.addIssue('must be a JSON object of texts, or one "Name: value" a line');
    return z.NEVER;
  })
  .register(secretParts, { part: 'keys' });

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function linesOf(text: string): [string, string][] {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, Math.max(0, colon)).trim(), line.slice(colon + 1).trim()];
  });
}

/** Origins of pages. */
export const origins = list.refine(
  (items) => items.every((item) => URL.canParse(item) && new URL(item).origin === item),
  {
    error: 'must be exact origins such as https://app.example.com, separated by commas',
  },
);

/** Whether Express accepts this as a proxy: an address, a subnet or a named range. */
function namesProxies(item: string): boolean {
  const [address = '', bits = '0', ...rest] = item.split('/');
  if (['loopback', 'linklocal', 'uniquelocal'].includes(item)) return true;
  return (
    isIP(address) > 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (isIP(address) === 4 ? 32 : 128) && rest.length === 0
  );
}

/** The value of Express's `trust proxy`. */
export const proxies = list
  .refine((items) => (items.length === 1 && /^(false|\d{1,2})$/.test(items[0] ?? '')) || items.every(namesProxies), {
    error: 'must be false, a number of proxies, or their addresses and subnets, separated by commas',
  })
  .transform((items) => {
    const [first = 'false'] = items;
    if (first === 'false') return false;
    return /^\d+$/.test(first) ? Number(first) : items;
  });

/** Risky sign-in settings, which are rejected unless the operator names the risk in `JWT_ALLOW`. */
const authRisks = ['weak-secret', 'http-jwks', 'any-issuer', 'any-audience', 'no-expiry'] as const;
export type AuthRisk = (typeof authRisks)[number];

export const risks = list.pipe(
  z.array(z.enum(authRisks, { error: `must be one or more of ${authRisks.join(', ')}, separated by commas` })),
);

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];
