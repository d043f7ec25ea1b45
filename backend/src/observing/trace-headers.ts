// Parses the headers of W3C Trace Context, which a client or a proxy sends: https://www.w3.org/TR/trace-context-2/

/** Version, trace id, parent id, flags and, in a later version than 00, further fields. */
const traceparentForm = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The flags that are defined: `sampled` in every version, `random` in version 00. */
const [sampled, random] = [0x01, 0x02];

/** Returns a `traceparent` in version 00, with the ids and the defined flags of the given one; `undefined` for an invalid one. Of
 *  a later version only the first four fields are read (§4.3). */
export function parseTraceparent(header: unknown): string | undefined {
  const [, version, traceId, parentId, flags = '', further] = traceparentForm.exec(textOf(header)) ?? [];
  if (version === undefined || (version === '00' && further !== undefined)) return undefined;
  const defined = Number.parseInt(flags, 16) & (version === '00' ? sampled | random : sampled);
  return `00-${traceId}-${parentId}-${defined.toString().padStart(2, '0')}`;
}

const memberForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const [maxMembers, maxLength, longMember] = [32, 512, 128];

/** Returns a `tracestate` of at most 512 characters: of a longer one, members of more than 128 characters are left out first,
 *  then the last ones (§3.3.1.5). `undefined` for an invalid or empty one. */
export function parseTracestate(header: unknown): string | undefined {
  const members = textOf(header)
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.split('=', 1)[0]));
  const isValid = members.every((member) => memberForm.test(member)) && keys.size === members.length;
  return isValid && members.length <= maxMembers ? shortened(members).join(',') || undefined : undefined;
}

function shortened(members: readonly string[]): readonly string[] {
  const excess = members.join(',').length - maxLength;
  if (excess <= 0) return members;
  const long = members.findLastIndex((member) => member.length > longMember);
  return shortened(members.toSpliced(long, 1)); // without a long one, -1 names the last
}

function textOf(header: unknown): string {
  return typeof header === 'string' ? header : '';
}
