// Refusals that more than one place makes.
import { StreamError } from '@sillage/protocol';

/** Refuses one field of a request, by its path. */
export function badField(field: string, what: string): StreamError {
  return new StreamError('bad-request', `${field} ${what}.`, { fields: { [field]: what } });
}

/** Refuses a request for what a schema found, one line a field; the first issue of a field counts. */
export function badFields(issues: readonly { path?: readonly unknown[] | undefined; message: string }[]): StreamError {
  const fields: Record<string, string> = {};
  for (const { path = [], message } of issues) fields[path.map(keyOf).join('.') || 'body'] ??= message;
  const described = Object.entries(fields).map(([field, what]) => `${field} ${what}`);
  return new StreamError('bad-request', `${described.join('; ')}.`, { fields });
}

function keyOf(segment: unknown): string {
  return String(typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment);
}
