// The providers of the limits. Each process counts for itself.
import type { Provider } from '@nestjs/common';
import { Admission } from './admission.ts';
import { AnonymousConnections } from './anonymous-connections.ts';
import { ReaderSlots, UploadSlots } from './user-slots.ts';

/** Provides the limits; needs `LIMITS`. */
export const limitProviders: Provider[] = [Admission, AnonymousConnections, ReaderSlots, UploadSlots];
