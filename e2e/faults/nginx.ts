// A real nginx in front of the server. Everything that is not set here keeps nginx's default.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, removeFolder, tempFolder } from '@sillage/testing';

const { NGINX_PATH: nginx = '/usr/sbin/nginx', OPENSSL_PATH: openssl = 'openssl' } = process.env;
const readyWithinMs = 10_000;

/** A running nginx. The caller that starts it disposes of it. */
export interface Nginx extends AsyncDisposable {
  readonly url: string;
}

/** Starts nginx in front of `target`. `directives` go into its `server` block; `hasHttp2`: HTTP/2 over TLS, which browsers require.
 *  @throws {Error} with its output when it does not start. */
export async function startNginx(
  target: string,
  { directives = '', hasHttp2 = false }: { directives?: string; hasHttp2?: boolean } = {},
): Promise<Nginx> {
  const folder = tempFolder('sillage-nginx-');
  const port = await freePort();
  const listen = hasHttp2 ? `${port} ssl http2; ${certificateIn(folder)}` : `${port};`;
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configOf({ folder, target, inServer: `listen 127.0.0.1:${listen} ${directives}` }));

  const child = spawn(nginx, ['-p', folder, '-c', config, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const printed: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const closed = once(child, 'close');
  const end = async () => {
    child.kill('SIGTERM');
    await closed;
    removeFolder(folder);
  };
  for (const deadline = Date.now() + readyWithinMs; !(await isListening(port)); await delay(10)) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await end();
    throw new Error(`nginx did not start:\n${printed.join('')}`);
  }
  return { url: `${hasHttp2 ? 'https' : 'http'}://127.0.0.1:${port}`, [Symbol.asyncDispose]: end };
}

function configOf({ folder, target, inServer }: { folder: string; target: string; inServer: string }): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const folders = kinds.map((kind) => `${kind}_temp_path ${join(folder, kind)};`).join(' ');
  return `daemon off; master_process off; pid ${join(folder, 'pid')}; error_log stderr warn;
    events {}
    http { access_log off; ${folders} server { ${inServer} location / { proxy_pass ${target}; } } }`;
}

/** Creates a self-signed certificate. */
function certificateIn(folder: string): string {
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync(openssl, ['req', ...kind, '-keyout', key, '-out', certificate, ...subject], { stdio: 'ignore' });
  return `ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // not yet
  } finally {
    socket.destroy();
  }
}
