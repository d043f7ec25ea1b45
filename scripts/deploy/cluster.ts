// Runs three nodes behind nginx on this machine, with a PostgreSQL and a Redis of their own. All data is in temporary
// folders: nothing is left when Ctrl-C ends it. `--check` has one reply outlive its node instead, and exits.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Cluster, freePort, type ServerProcess, startCluster, startProvider } from '@sillage/testing';
import { secondsSince } from '../run.ts';
import { ensurePrograms } from '../system-packages.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { checkCluster } from './cluster-check.ts';

const work = process.argv.includes('--check') ? check : run;
const owned = new AsyncDisposableStack(); // ends in reverse order of starting
const ending = new AbortController();
const ended = once(ending.signal, 'abort');
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, end);

try {
  await ensurePrograms(['nginx', 'postgres', 'redis']);
  await work();
} catch (error) {
  if (!ending.signal.aborted) throw error; // otherwise Ctrl-C has ended a part that was still starting
} finally {
  await owned.disposeAsync();
}
process.exit();

async function check(): Promise<void> {
  const began = performance.now();
  const provider = await startProvider();
  owned.defer(() => provider.stop());
  const env = { ai_api_url: provider.url, node_lease: '3', DATA_DIR: '/dev/null' }; // with PostgreSQL no folder is used
  const { cluster, balancer } = await open(env, await freePort());
  await Promise.race([checkCluster({ cluster, balancer, provider }), ended]);
  ending.signal.throwIfAborted();
  console.log(`OK: three nodes, and a reply that outlived its own, in ${secondsSince(began).toFixed(1)} s`);
}

async function run(): Promise<void> {
  const port = Number(process.env.PORT ?? 3000);
  const { cluster } = await open({ ai_titles: undefined, ...aiSettings() }, port);
  const addresses = cluster.nodes.map(({ url, pid }, index) => `    ${index + 1}  ${url}  process ${pid}`);
  console.log(`Sillage runs on three nodes behind nginx.

  Open http://localhost:${port}/#token=${await cluster.token('you')}

${addresses.join('\n')}

  Type the number of a node to kill it, and again to start it. A reply that another node generates goes on; one that the
  killed node generates ends as interrupted within ten seconds, with all the text that was shown. Ctrl-C ends everything.
`);
  createInterface({ input: process.stdin }).on('line', (line) => void killOrStart(cluster.nodes, Number(line)));
  await ended;
}

async function open(
  env: Record<string, string | undefined>,
  port: number,
): Promise<{ cluster: Cluster; balancer: Balancer }> {
  const cluster = owned.use(await startCluster(env));
  const urls = cluster.nodes.map(({ url }) => url);
  return { cluster, balancer: owned.use(await startBalancer(urls, { port })) };
}

/** Returns the person's own settings of the model. Settings of the service are the cluster's. */
function aiSettings(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^ai_/i.test(name)));
}

async function killOrStart(nodes: readonly ServerProcess[], number: number): Promise<void> {
  const node = nodes[number - 1];
  if (node === undefined) return console.log('There are nodes 1, 2 and 3.');
  if (await isAlive(node)) await node.kill();
  else await node.restart();
  console.log(`Node ${number} ${(await isAlive(node)) ? `runs again, as process ${node.pid}` : 'is dead'}.`);
}

async function isAlive({ url }: ServerProcess): Promise<boolean> {
  try {
    return (await fetch(`${url}/health/live`)).ok;
  } catch {
    return false;
  }
}

/** Ends everything once the parts that are starting have started; at the second signal, at once. */
function end(): void {
  if (ending.signal.aborted) process.exit(130);
  ending.abort();
}
