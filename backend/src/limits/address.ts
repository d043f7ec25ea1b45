// Returns the key under which the limits count the address of a client.

/** Length of the longest address with a zone and a port. A proxy header that an application trusts may have any text. */
const maxLength = 64;

/** Returns the key of an address: itself for IPv4, its /64 network for IPv6, of which one client has all addresses. */
export function addressKey(address: string): string {
  const ip = address.slice(0, maxLength);
  if (!ip.includes(':') || ip.includes('.')) return ip;
  const [head = '', tail] = ip.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const last = tail?.split(':').filter((group) => group !== '') ?? [];
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - last.length);
  return [...groups, ...Array<string>(zeros).fill('0'), ...last].slice(0, 4).join(':');
}
