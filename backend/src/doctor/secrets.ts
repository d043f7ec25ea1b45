// Removes the secrets of the settings from what is printed.

type Environment = Readonly<Record<string, string | undefined>>;

const secretNames = ['admin_token', 'ai_api_key', 'ai_headers', 'jwt_secret', 'metrics_token', 'sillage_token'];
const urlNames = ['database_url', 'redis_url', 'ai_api_url', 'jwt_jwks_url', 'http_proxy', 'https_proxy'];
const shortest = 4;

/** Replaces every secret of the environment in a text. */
export function withoutSecrets(text: string, environment: Environment): string {
  return secretsOf(environment).reduce((cleaned, secret) => cleaned.replaceAll(secret, '***'), text);
}

function secretsOf(environment: Environment): string[] {
  const valuesOf = (names: readonly string[]) =>
    names
      .flatMap((name) => [environment[name], environment[name.toUpperCase()]])
      .filter((value) => value !== undefined);
  const inUrls = valuesOf(urlNames)
    .flatMap((value) => value.split(','))
    .flatMap(secretsInUrl);
  const inLists = valuesOf(['ai_providers', 'ai_headers']).flatMap((value) => [
    ...Array.from(
      value.matchAll(/"(?:key|[\w-]*(?:authorization|key|token)[\w-]*)"\s*:\s*"([^"]+)"/gi),
      ([, key]) => key ?? '',
    ),
  ]);
  const all = [...valuesOf(secretNames), ...inUrls, ...inUrls.map(decoded), ...inLists];
  const ofVariables = inLists.flatMap((name) => environment[name] ?? []);
  return [...all, ...ofVariables].filter(({ length }) => length >= shortest).sort((a, b) => b.length - a.length);
}

/** The password and the values of the query, also of a URL that is not valid. */
function secretsInUrl(url: string): string[] {
  const [address = '', query = ''] = url.split('?', 2);
  const credentials = address.slice(address.indexOf('//') + 2, Math.max(0, address.lastIndexOf('@')));
  const password = credentials.includes(':') ? credentials.slice(credentials.indexOf(':') + 1) : '';
  return [password, ...query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
