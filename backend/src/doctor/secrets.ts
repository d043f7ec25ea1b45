// Removes the secrets of the settings from what is printed.

type Environment = Readonly<Record<string, string | undefined>>;

const secretNames = ['ai_api_key', 'ai_headers', 'jwt_secret', 'metrics_token', 'sillage_token'];
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
    .flatMap((url) => Array.from(url.matchAll(/\/\/[^/@]*:([^@]+)@|[?&][^=&]+=([^&]+)/g), ([, a, b]) => a ?? b ?? ''));
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

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
