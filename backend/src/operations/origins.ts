// The addresses at which a browser reaches this server. `0.0.0.0` and `::` mean "every address" to a server, and are no
// addresses to a browser.
import { networkInterfaces } from 'node:os';

/** Returns the origins of a server that listens on `host`: first the one for this machine, then those for others. */
export function originsOf(host: string, port: number, interfaces = networkInterfaces()): readonly string[] {
  const addresses = Object.values(interfaces).flatMap((found) => found ?? []);
  const others = addresses.filter(({ family, internal }) => family === 'IPv4' && !internal);
  return hostsOf(host, others).map((name) => `http://${name.includes(':') ? `[${name}]` : name}:${port}`);
}

function hostsOf(host: string, others: readonly { readonly address: string }[]): readonly string[] {
  if (host === '127.0.0.1' || host === '::1') return ['localhost'];
  if (host === '0.0.0.0' || host === '::') return ['localhost', ...others.map(({ address }) => address)];
  return [host];
}
