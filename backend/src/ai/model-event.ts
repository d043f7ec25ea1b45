// What a model says, as the rest of the server hears it.
import type { Usage } from '@sillage/protocol';

/** Says how a model ended its reply. */
export type ModelFinishReason = 'stop' | 'length' | 'content-filter';

/** Names what a delta adds to: the reply, or the reasoning that is shown apart from it. */
export type DeltaKind = 'text' | 'reasoning';

/** Is one thing that a model said. Texts are well-formed Unicode without U+0000, and never empty. */
export type ModelEvent =
  | { readonly type: DeltaKind; readonly text: string }
  | { readonly type: 'end'; readonly finishReason: ModelFinishReason; readonly usage?: Usage };
