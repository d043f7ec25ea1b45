// Removes the secrets of the settings from what is printed.
import type { SecretPart } from '../config/setting-values.ts';
import { secretSettings } from '../config/settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Variables with secrets, the settings and others that are read. */
const parts: readonly (readonly [name: string, SecretPart])[] = [
  ...secretSettings,
  ['sillage_token', 'all'],
  ['http_proxy', 'url'],
  ['https_proxy', 'url'],
];
const shortest = 4;

/** Replaces every secret of the environment in a text. */
export function withoutSecrets(text: string, environment: Environment): string {
  return secretsOf(environment).reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}

function secretsOf(environment: Environment): string[] {
  const secrets = parts.flatMap(([name, part]) =>
    [environment[name], environment[name.toUpperCase()]].flatMap((value = '') => secretsIn(value, part)),
  );
  const ofVariables = secrets.flatMap((name) => environment[name] ?? []); // a key may be the name of a variable
  return [...secrets, ...ofVariables].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length);
}

function secretsIn(text: string, part: SecretPart): string[] {
  switch (part) {
    case 'all':
      return [text];
    case 'url':
      return text.split(',').flatMap(secretsInUrl);
    case 'keys':
      return [
        ...Array.from(text.matchAll(keys)).flatMap(([, key = '']) => [key.trim(), key.trim().split(' ').at(-1) ?? '']),
        ...Array.from(text.matchAll(/https?:[^"\s]+/gi)).flatMap(([url]) => secretsInUrl(url)),
      ];
  }
}

/** The values of headers and JSON fields that are named after a key: `Authorization: Bearer ...`, `"key":"..."`. */
const keys = /(?:authorization|key|token)[\w-]*"?\s*:\s*"?([^"\r\n]+)/gi;

/** The password and the values of the query, as they are and decoded, also of a URL that is not valid. */
function secretsInUrl(url: string): string[] {
  const [address = '', query = ''] = url.split('?', 2);
  const credentials = address.slice(address.indexOf('//') + 2, Math.max(0, address.lastIndexOf('@')));
  const password = credentials.includes(':') ? credentials.slice(credentials.indexOf(':') + 1) : '';
  const secrets = [password, ...query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))];
  return [...secrets, ...secrets.map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
