// The providers of the limits. A single process counts for itself, nodes count together in Redis.
import type { Provider } from '@nestjs/common';
import { Admission } from './admission.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import { ReaderSlots, UploadSlots } from './user-slots.ts';

/** Provides the limits; needs `LIMITS` and `SHARED_COUNTS`, which is `undefined` in a single process. */
export const limitProviders: Provider[] = [Admission, AnonymousConnections, ReaderSlots, UploadSlots];
