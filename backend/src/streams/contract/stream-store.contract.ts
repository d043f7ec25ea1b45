// The contract suite: what `StreamStore` guarantees, tested from outside. Every store must pass it; the store's own tests cover
// only what is specific to it.
import { afterEach, beforeEach, describe } from 'vitest';
import { StreamDirectory } from '../stream-directory.ts';
import { StreamRemoval } from '../stream-removal.ts';
import { appendingPromises } from './appending.contract.ts';
import { endingPromises } from './ending.contract.ts';
import { erasingPromises } from './erasing.contract.ts';
import { exactnessPromises } from './exactness.contract.ts';
import { forgettingPromises } from './forgetting.contract.ts';
import { readingPromises } from './reading.contract.ts';
import { recoveryPromises } from './recovery.contract.ts';
import { startingPromises } from './starting.contract.ts';
import type { StoreUnderTest } from './store-under-test.testing.ts';

/** Declares the suite for a store; `open` returns a new, empty one for each test. */
export function streamStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${name} is a stream store`, () => {
    let opened: StoreUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());
    const current = () => ({
      ...opened,
      directory: new StreamDirectory(opened.database),
      removal: new StreamRemoval(opened.database),
    });

    describe('starting', () => startingPromises(current));
    describe('appending', () => appendingPromises(current));
    describe('reading', () => readingPromises(current));
    describe('ending', () => endingPromises(current));
    describe('recovery', () => recoveryPromises(current));
    describe('forgetting', () => forgettingPromises(current));
    describe('erasing', () => erasingPromises(current));
    describe('exactness', () => exactnessPromises(current));
  });
}
