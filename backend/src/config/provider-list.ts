// The setting `ai_providers`: a JSON list of providers, each with its models. Errors never contain a key.
import { z } from 'zod';
import { baseUrlOf } from './base-url.ts';
import { secretParts } from './setting-values.ts';

/** One provider of the list. */
export interface ListedProvider {
  readonly name: string;
  readonly apiUrl: string;
  readonly apiKey: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly models: readonly string[];
}

const provider = z.strictObject({
  name: z.string().regex(/^[\w][\w .-]{0,63}$/, 'must have 1 to 64 letters, digits, spaces or ._-'),
  url: z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be a URL that begins with http:// or https://',
  }),
  key: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'must be a key, or the name of an environment variable')
    .optional(),
  headers: z.record(z.string().regex(/^[\w-]+$/), z.string().regex(/^[\x20-\x7e]*$/)).optional(),
  models: z.array(z.string().min(1, 'must not be empty')).min(1, 'must name at least one model'),
});

const example = '[{"name":"openai","url":"https://api.openai.com/v1","key":"OPENAI_API_KEY","models":["gpt-4o"]}]';

/** Parses the text of the setting. */
export const providerList = z
  .string()
  .transform((text, context) => {
    const parsed = z.array(provider).min(1).safeParse(parsedJson(text));
    if (!parsed.success) {
      const [{ path, message } = { path: [], message: '' }] = parsed.error.issues;
      const place = path.length === 0 ? '' : `: ${placeOf(path)} ${lowered(message)}`;
      context.addIssue(`must be a JSON list such as ${example}${place}`);
      return z.NEVER;
    }
    const names = parsed.data.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice === undefined) return parsed.data;
    context.addIssue(`must not name two providers ${twice}`);
    return z.NEVER;
  })
  .register(secretParts, { part: 'keys' });

/** Completes the parsed list: base URLs, and keys from the environment variables that the list names. `missing` are the names
 *  of variables that are not set. */
export function providersOf(
  list: z.infer<typeof providerList>,
  environment: Readonly<Record<string, string | undefined>>,
): { providers: ListedProvider[]; missing: string[] } {
  const missing: string[] = [];
  const providers = list.map(({ name, url, key, headers, models }): ListedProvider => {
    const apiKey = key === undefined ? undefined : environment[key]?.trim() || key;
    if (apiKey !== undefined && apiKey === key && isVariableName(key)) missing.push(key);
    return { name, apiUrl: baseUrlOf(url), apiKey, headers, models: [...new Set(models)] };
  });
  return { providers, missing };
}

/** Whether a text is the name of a variable, such as `OPENAI_API_KEY`, which no key looks like. */
function isVariableName(text: string): boolean {
  return /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/.test(text);
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  return path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
}

function lowered(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
