// Errors for invalid fields of a request.
import { StreamError } from '@sillage/protocol';

/** Creates the error for one field of a request, which is named by its path. */
export function badField(field: string, reason: string): StreamError {
  return new StreamError('bad-request', `${field} ${reason}.`, { fields: { [field]: reason } });
}

/** Creates the error for the issues that a schema found; the first issue of each field counts. */
export function badFields(issues: readonly { path?: readonly unknown[] | undefined; message: string }[]): StreamError {
  const fields: Record<string, string> = {};
  for (const { path = [], message } of issues) fields[path.map(keyOf).join('.') || 'body'] ??= message;
  const described = Object.entries(fields).map(([field, reason]) => `${field} ${reason}`);
  return new StreamError('bad-request', `${described.join('; ')}.`, { fields });
}

function keyOf(segment: unknown): string {
  return String(typeof segment === 'object' && segment !== null && 'key' in segment ? segment.key : segment);
}
