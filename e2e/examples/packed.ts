// Packs the packages once, before the files of the suite install them side by side.
import { packPackages } from '@sillage/testing';

export async function setup(): Promise<void> {
  await packPackages();
}
