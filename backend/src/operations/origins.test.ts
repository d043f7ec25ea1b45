// The addresses that the server prints when it starts.
import type { NetworkInterfaceInfo } from 'node:os';
import { expect, test } from 'vitest';
import { originsOf } from './origins.ts';

const found = (address: string, family: 'IPv4' | 'IPv6', internal: boolean) =>
  ({ address, family, internal }) as NetworkInterfaceInfo;
const interfaces = {
  lo: [found('127.0.0.1', 'IPv4', true), found('::1', 'IPv6', true)],
  eth0: [found('192.168.1.5', 'IPv4', false), found('fe80::1', 'IPv6', false)],
};

test.each([
  ['127.0.0.1', ['http://localhost:3000']],
  ['::1', ['http://localhost:3000']],
  ['0.0.0.0', ['http://localhost:3000', 'http://192.168.1.5:3000']],
  ['::', ['http://localhost:3000', 'http://192.168.1.5:3000']],
  ['192.168.1.5', ['http://192.168.1.5:3000']],
  ['fd00::5', ['http://[fd00::5]:3000']],
  ['ai.example', ['http://ai.example:3000']],
])('a server on %s prints addresses that a browser can open', (host, origins) => {
  expect(originsOf(host, 3000, interfaces)).toEqual(origins);
});
