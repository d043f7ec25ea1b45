// A real Chromium, or another browser of its family.
import { type Browser, chromium } from 'playwright-core';
import { programPath } from './programs.ts';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts a headless Chromium. The caller closes it.
 *  @throws {Error} when it is not installed. */
export async function launchBrowser(): Promise<Browser> {
  return await chromium.launch({ executablePath: programPath('chromium'), args });
}
