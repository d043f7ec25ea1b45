// Events of a model's reply, independent of the provider's format.
import type { Usage } from '@sillage/protocol';

/** Why the model ended its reply. */
export type ModelFinishReason = 'stop' | 'length' | 'content-filter';

/** Target of a delta: the reply, or the reasoning that is displayed separately. */
export type DeltaKind = 'text' | 'reasoning';

/** One event of a model's reply. Texts are well-formed Unicode without U+0000, and never empty. */
export type ModelEvent =
  | { readonly type: DeltaKind; readonly text: string }
  | { readonly type: 'end'; readonly finishReason: ModelFinishReason; readonly usage?: Usage };
