// The bytes on the wire of responses that frame their own chunks. Node merges the writes of one tick into one chunk.
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { writeBuffers } from '../../http/write-buffers.ts';
import { writeChunk } from './http-chunk.ts';

const hello = 'data: Hello 👋🏽 你好\n\n';
const helloBytes = Buffer.from(hello).toString('latin1');

/** Returns the body that `write` writes to a client of this HTTP version, as it is on the wire, in latin1. */
async function bodyOf(write: (response: ServerResponse) => unknown, version = '1.1'): Promise<string> {
  const server = createServer(async (_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    await write(response);
    response.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.setEncoding('latin1').write(`GET / HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  try {
    const response = await text(socket);
    return response.slice(response.indexOf('\r\n\r\n') + 4);
  } finally {
    server.close();
  }
}

/** Returns the data of a chunked body.
 *  @throws {Error} where a chunk is not as long as it says, or the last one is missing. */
function dataIn(body: string): string {
  let data = '';
  for (let at = 0; ; ) {
    const size = /^[0-9a-f]+(?=\r\n)/.exec(body.slice(at))?.[0] ?? '';
    const start = at + size.length + 2;
    at = start + Number.parseInt(size, 16) + 2;
    if (body.slice(at - 2, at) !== '\r\n') throw new Error(`No chunk ends at ${at} of ${JSON.stringify(body)}.`);
    if (at === start + 2) return data;
    data += body.slice(start, at - 2);
  }
}

function tick(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test.each([
  ['as it is', () => {}],
  ['that converts strings', writeBuffers],
])('a response %s frames each text as one chunk, and Node ends it', async (_, prepare) => {
  const body = await bodyOf(async (response) => {
    prepare(response);
    for (const block of [hello, '', 'data: 2\n']) {
      writeChunk(response, block);
      await tick();
    }
  });

  expect(body).toBe(`1d\r\n${helloBytes}\r\n8\r\ndata: 2\n\r\n0\r\n\r\n`);
});

test('chunks stay in order with writes of Node itself, also while Node buffers them', async () => {
  const body = await bodyOf(async (response) => {
    writeChunk(response, '1');
    response.write('2');
    writeChunk(response, '3');
    await tick();
    response.cork();
    response.write('4');
    writeChunk(response, '5');
    response.uncork();
    writeChunk(response, '6');
  });

  expect(dataIn(body)).toBe('123456');
});

test('a chunk goes to the socket as one buffer', async () => {
  const written: string[] = [];

  await bodyOf(async (response) => {
    writeChunk(response, hello); // with the headers
    await tick();
    const { socket } = response;
    const write = socket?.write;
    if (!socket || !write) throw new Error('The response has no socket.');
    socket.write = ((chunk: Buffer | string, ...rest: []) => {
      written.push(chunk.toString());
      return write.call(socket, chunk, ...rest);
    }) as typeof write;
    writeChunk(response, hello);
    await tick();
  });

  expect(written[0]).toBe(`1d\r\n${hello}\r\n`);
});

test('a middleware that replaces `write` is given the text without a frame', async () => {
  const body = await bodyOf((response) => {
    const { write } = response;
    response.write = ((chunk: Buffer) => write.call(response, gzipSync(chunk), 'latin1')) as typeof write;
    writeChunk(response, hello);
  });

  expect(gunzipSync(Buffer.from(dataIn(body), 'latin1')).toString()).toBe(hello);
});

test('a client of HTTP 1.0 is sent no frames', async () => {
  expect(await bodyOf((response) => writeChunk(response, hello), '1.0')).toBe(helloBytes);
});
