// Hostile requests to every route of docs/openapi.json: wrong types, depth, prototype keys, NUL, lone surrogates, huge ids,
// traversal, duplicate fields and wrong content types. The same seed creates the same requests.
import { readFileSync } from 'node:fs';

/** A request whose body and headers may be anything. */
export interface HostileRequest {
  readonly method: string;
  /** Path and query, with each character that HTTP does not allow escaped. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { properties?: object }>> };
}

const document: Document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
);
const fields = [
  ...new Set(Object.values(document.components.schemas).flatMap(({ properties = {} }) => Object.keys(properties))),
  ...['__proto__', 'constructor', 'toString', '', 'é', '\0', 'content', 'parts', 'text'],
];
const parameters = [
  'after',
  'before',
  'limit',
  'q',
  'ticket',
  'message',
  'sessionId',
  'format',
  '__proto__',
  'a[b]',
  'at',
];

const strings = [
  ...[
    '',
    ' ',
    'x',
    '0',
    '-1',
    '1e9',
    'null',
    '[object Object]',
    '船 🚢',
    'e\u0301',
    '\u202e',
    '\0',
    'a\0b',
    '\ud83d',
    '\udc00x',
  ],
  ...[
    '../../../etc/passwd',
    '..%2f..%2f',
    '%00',
    '%ff',
    '%',
    "' or 1=1 --",
    '{{x}}',
    '<script>alert(1)</script>',
    '\r\nX-Evil: 1',
  ],
  ...[
    'x'.repeat(300),
    '🚢'.repeat(5_000),
    '01JDA5ZZZZZZZZZZZZZZZZZZZZ',
    '99999999999999999999',
    '01JDA5ZZZZZZZZZZZZZZZZZZZZ/5',
  ],
];
const scalars = [null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, -0];

/** Creates requests from random numbers in [0, 1). */
export class HostileRequests {
  readonly #random: () => number;
  readonly #ids: string[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Remembers an id that exists, so that later requests name it. */
  remember(id: string): void {
    this.#ids[this.#below(50)] = id;
  }

  next(): HostileRequest {
    const { method, path } = this.#oneOf(routes);
    const isBodyless = method === 'GET' && this.#chance(0.95);
    const filled = path.replace(/\{\w+\}/g, () => escaped(this.#id()));
    return {
      method: this.#chance(0.05) ? this.#oneOf(['PUT', 'HEAD', 'OPTIONS', 'PATCH', 'DELETE', 'POST', 'GET']) : method,
      path: filled + this.#query(),
      headers: this.#headers(isBodyless),
      body: isBodyless ? undefined : this.#body(),
    };
  }

  #id(): string {
    return this.#chance(0.4) && this.#ids.length > 0 ? (this.#oneOf(this.#ids.filter(Boolean)) ?? 'x') : this.#string();
  }

  #query(): string {
    if (this.#chance(0.6)) return '';
    const pairs = Array.from({ length: 1 + this.#below(3) }, () => {
      return `${escaped(this.#oneOf(parameters))}=${escaped(this.#chance(0.3) ? this.#id() : this.#string())}`;
    });
    return `?${pairs.join('&')}`;
  }

  #headers(isBodyless: boolean): Record<string, string> {
    const headers: Record<string, string> = {};
    if (!isBodyless) headers['Content-Type'] = this.#contentType();
    if (this.#chance(0.2))
      headers['Last-Event-ID'] = headerValue(this.#chance(0.5) ? `${this.#id()}/5` : this.#string());
    if (this.#chance(0.2)) headers['Idempotency-Key'] = headerValue(this.#string());
    if (this.#chance(0.05)) headers['Content-Encoding'] = this.#oneOf(['gzip', 'br', 'x']);
    if (this.#chance(0.05)) headers.Authorization = `Bearer ${headerValue(this.#string())}`;
    if (this.#chance(0.05)) headers.Origin = headerValue(this.#string());
    return headers;
  }

  #contentType(): string {
    if (this.#chance(0.85)) return 'application/json';
    return this.#oneOf([
      'text/plain',
      'application/json; charset=utf-7',
      'multipart/form-data',
      'x',
      'application/x-www-form-urlencoded',
    ]);
  }

  #body(): string {
    if (this.#chance(0.05))
      return this.#oneOf(['', '{', '[]', 'null', '"x"', '{"message":}', '\0', '\ufeff{}', '}'.repeat(100)]);
    if (this.#chance(0.05))
      return `{"message":"a","message":${JSON.stringify(this.#value(2))},"sessionId":"s","sessionId":[]}`;
    if (this.#chance(0.02)) return `${'{"message":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    const valid = this.#chance(0.5) ? { message: this.#string(), id: this.#id() } : {};
    const more = Array.from({ length: this.#below(5) }, () => [this.#oneOf(fields), this.#value(4)] as const);
    return JSON.stringify({ ...valid, ...Object.fromEntries(more) }); // escapes lone surrogates and NUL
  }

  #value(depth: number): unknown {
    if (depth === 0 || this.#chance(0.4)) return this.#string();
    if (this.#chance(0.3)) return this.#oneOf(scalars);
    if (this.#chance(0.5)) return Array.from({ length: this.#below(4) }, () => this.#value(depth - 1));
    if (this.#chance(0.1)) return Array(2_000).fill(this.#oneOf(scalars));
    return Object.fromEntries(
      Array.from({ length: this.#below(4) }, () => [this.#oneOf(fields), this.#value(depth - 1)]),
    );
  }

  #string(): string {
    return this.#oneOf(strings);
  }

  #oneOf<T>(values: readonly T[]): T {
    return values[this.#below(values.length)] as T;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }
}

/** Percent-encodes what a request line cannot have; an existing escape, valid or not, stays. Node itself rejects headers of
 *  more than 16 KB (`431`), so a text is cut. */
function escaped(text: string): string {
  return text
    .slice(0, 400)
    .replace(/[^!$&-;=@-Z_a-z~%]|[?#]/gu, (character) => encodeURIComponent(character.toWellFormed()));
}

/** Removes what HTTP does not allow in a header. */
function headerValue(text: string): string {
  return text
    .slice(0, 400)
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '?')
    .trim();
}
