// Where a message is written. It owns the draft, so that typing redraws nothing else, and a growing reply not this.
import type { ConfigAnswer } from '@sillage/protocol';
import { type KeyboardEvent, memo, type Ref, useImperativeHandle, useRef } from 'react';
import { canHover } from '../browser/pointer.ts';
import { useMessages } from '../i18n/Language.tsx';
import { SendIcon, StopIcon } from '../ui/icons.tsx';
import { useGrowing } from '../ui/useGrowing.ts';
import { ModelChoice } from './ModelChoice.tsx';
import { useDraft } from './useDraft.ts';

/** Is what the page asks of the composer. */
export interface ComposerHandle {
  focus: () => void;
}

interface ComposerProps {
  readonly draftId: string;
  /** The conversation is open: until then a message waits in the field. */
  readonly isReady: boolean;
  readonly isStreaming: boolean;
  readonly config: ConfigAnswer | undefined;
  readonly maxLength: number;
  readonly onSend: (message: string) => void;
  readonly onStop: () => void;
  readonly ref: Ref<ComposerHandle>;
}

/** Enter sends and Shift + Enter breaks; on touch Enter breaks. The button stops while a reply streams. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { draftId, isReady, isStreaming, config, maxLength, onSend, onStop, ref } = props;
  const { composer } = useMessages();
  const { text, setText } = useDraft(draftId);
  const field = useRef<HTMLTextAreaElement>(null);
  const message = text.trim();
  const isTooLong = message.length > maxLength;

  useGrowing(field, text);
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }), []);

  const send = () => {
    if (!isReady || isStreaming || message === '' || isTooLong) return;
    setText('');
    onSend(message);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing || !canHover()) return;
    event.preventDefault();
    send();
  };

  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {isTooLong && (
        <p className="field-error" role="alert">
          {composer.tooLong(message.length, maxLength)}
        </p>
      )}
      <div className="composer-box">
        <textarea
          ref={field}
          id="composer"
          rows={1}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={press}
          placeholder={composer.placeholder}
          aria-keyshortcuts="/"
          aria-label={composer.label}
          aria-describedby="composer-hint"
          aria-invalid={isTooLong}
        />
        {isStreaming ? (
          <button key="stop" type="button" className="round" onClick={onStop} aria-label={composer.stop}>
            <StopIcon />
          </button>
        ) : (
          <button
            key="send"
            type="submit"
            className="round"
            aria-label={composer.send}
            aria-disabled={message === '' || isTooLong}
          >
            <SendIcon />
          </button>
        )}
      </div>
      <p id="composer-hint" className="composer-hint">
        <span className="keys">{isStreaming ? composer.keysWhileStreaming : composer.keys}</span>
        {config?.demo === true && <span data-testid="demo-hint">{composer.demo}</span>}
        <ModelChoice config={config} />
      </p>
    </form>
  );
});
