// An example application, built for a Sillage server and served on its own origin, and a browser to use it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type AppServer,
  type CuttingProxy,
  freePort,
  installApp,
  launchBrowser,
  type ServerProcess,
  startProxy,
  startServer,
} from '@sillage/testing';
import type { Browser, Page } from 'playwright-core';

/** A running example. */
export interface Example {
  readonly server: ServerProcess;
  readonly app: AppServer;
  /** The network between the pages and the server. */
  readonly network: CuttingProxy;
  /** Opens a path of the application, signed in. Errors in the console are collected in `errors`. */
  open(path?: string): Promise<{ page: Page; errors: string[]; failedRequests: string[] }>;
  close(): Promise<void>;
}

/** Inputs of an example: the folder in `examples`, and how its built form is served. `{port}` is its port. */
export interface ExampleOptions {
  readonly name: string;
  readonly serve: readonly [program: string, ...args: string[]];
  /** Settings of the server. The server is the one that the example has installed, or else the built one. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Installs the example outside the workspace, builds it for a server that allows its origin, and serves it. */
export async function startExample({ name, serve: [program, ...args], env = {} }: ExampleOptions): Promise<Example> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const installed = await installApp(new URL(`../../examples/${name}`, import.meta.url).pathname);
  const main = join(installed.folder, 'node_modules/@sillage/server/dist/main.js');
  const server = await startServer({
    ...(existsSync(main) && { main }),
    env: { CORS_ORIGINS: origin, ...env },
  });
  const network = await startProxy(server.url);
  const addresses = { VITE_SILLAGE_URL: network.url, NEXT_PUBLIC_SILLAGE_URL: network.url };
  await installed.run('npm', ['run', 'build'], { env: addresses });
  const app = await installed.serve(program, args, { port });
  const browser: Browser = await launchBrowser();
  const token = await server.token();
  return {
    server,
    app,
    network,
    async open(path = '/') {
      const page = await (await browser.newContext()).newPage();
      const errors: string[] = [];
      const failedRequests: string[] = [];
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('requestfailed', (request) => failedRequests.push(`${request.method()} ${request.url()}`));
      await page.goto(`${app.url}${path}#token=${token}`);
      return { page, errors, failedRequests };
    },
    async close() {
      await browser.close();
      await network.close();
      await app[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}
