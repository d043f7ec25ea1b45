// Where a message is written. It owns the draft, so that typing redraws nothing else, and a growing reply not this.
import { type KeyboardEvent, memo, type Ref, useCallback, useImperativeHandle, useLayoutEffect, useRef } from 'react';
import { canHover } from '../browser/pointer.ts';
import { useDraft } from '../hooks/useDraft.ts';
import { useMessages } from '../i18n/Language.tsx';
import { SendIcon, StopIcon } from './icons.tsx';

/** Is what the page asks of the composer. */
export interface ComposerHandle {
  focus: () => void;
  /** Puts a message back, before whatever has been typed since. */
  restore: (message: string) => void;
}

interface ComposerProps {
  readonly draftId: string;
  /** The conversation is open: until then a message waits in the field. */
  readonly isReady: boolean;
  readonly isStreaming: boolean;
  readonly isDemo: boolean;
  readonly maxLength: number;
  readonly onSend: (message: string) => void;
  readonly onStop: () => void;
  readonly ref: Ref<ComposerHandle>;
}

/** Enter sends and Shift + Enter breaks; on touch Enter breaks. The button stops while a reply streams. */
export const Composer = memo(function Composer(props: ComposerProps) {
  const { draftId, isReady, isStreaming, isDemo, maxLength, onSend, onStop, ref } = props;
  const { composer } = useMessages();
  const { text, setText } = useDraft(draftId);
  const field = useRef<HTMLTextAreaElement>(null);
  const message = text.trim();
  const isTooLong = message.length > maxLength;

  useGrowing(field, text);
  const restore = useCallback(
    (returned: string) => {
      setText(text === '' ? returned : `${returned}\n\n${text}`);
      field.current?.focus();
    },
    [setText, text],
  );
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus(), restore }), [restore]);

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
        {isDemo && <span data-testid="demo-hint">{composer.demo}</span>}
      </p>
    </form>
  );
});

/** Grows the field with its text where the browser does not do it by `field-sizing`; CSS bounds it to 40 %. */
function useGrowing(field: { readonly current: HTMLTextAreaElement | null }, text: string) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const { current } = field;
    if (current === null || CSS.supports('field-sizing', 'content')) return;
    current.style.height = 'auto';
    current.style.height = `${current.scrollHeight}px`;
  }, [field, text]);
}
