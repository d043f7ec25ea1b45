// Tests that pass in every host application, whatever it has enabled.
import { coexistenceTests } from './coexistence-tests.ts';
import { type Host, startHostClient } from './host-client.ts';
import { streamTests } from './stream-tests.ts';

/** Declares the tests; each host runs them on one server. */
export function hostTests(host: Host): void {
  const client = startHostClient(host);
  streamTests(client);
  coexistenceTests(client);
}
