// One reply: its words, where it stands, and what can be done with it.
import type { ConversationMessage } from '@sillage/client';
import { memo, useCallback, useRef } from 'react';
import { htmlToCopy } from '../browser/copy.ts';
import { useMessages } from '../i18n/Language.tsx';
import { statusWords } from '../i18n/messages.ts';
import { CopyButton } from '../ui/CopyButton.tsx';
import { AgainIcon } from '../ui/icons.tsx';
import { Details } from './Details.tsx';
import { Failure, type FailureActions } from './Failure.tsx';
import { ReplyText } from './ReplyText.tsx';
import { type LiveReply, statusOfEnded } from './reply-status.ts';
import { Versions } from './Versions.tsx';

interface ReplyProps {
  readonly message: ConversationMessage;
  /** How it is being read; absent once it has ended. */
  readonly live: LiveReply | undefined;
  /** It ended before this reader's eyes. */
  readonly isFresh: boolean;
  /** Only the last reply's failure can be mended. */
  readonly actions: FailureActions | undefined;
  readonly onRegenerate: (messageId: string) => void;
  readonly onSelect: (messageId: string) => void;
}

/** Draws a reply, live or ended. Its last line keeps its height, so that nothing moves when the reply begins or ends. */
export const Reply = memo(function Reply({ message, live, isFresh, actions, onRegenerate, onSelect }: ReplyProps) {
  const messages = useMessages();
  const article = useRef<HTMLElement>(null);
  const htmlOf = useCallback(() => {
    const drawn = article.current?.querySelector('.markdown');
    return drawn == null ? undefined : htmlToCopy(drawn);
  }, []);
  const { id, content, siblings, code = 'internal' } = message;
  const stands = live ?? { status: statusOfEnded(message) };
  const { status } = stands;
  const hasFailed = status === 'failed' || status === 'interrupted';
  const wake = live !== undefined ? 'running' : isFresh ? 'settling' : 'none';

  return (
    <article
      ref={article}
      className="reply"
      aria-label={messages.reply}
      aria-busy={live !== undefined}
      data-testid="reply"
    >
      {content === '' && live !== undefined ? <Waiting /> : <ReplyText text={content} wake={wake} />}
      {hasFailed && <Failure message={message} isFresh={isFresh} code={code} actions={actions} />}
      <footer className="reply-footer">
        <span className="reply-status" data-testid="reply-status" data-status={status}>
          {status === 'failed' ? '' : statusWords(messages, stands)}
        </span>
        {live === undefined && <Versions id={id} siblings={siblings} onSelect={onSelect} />}
        {live === undefined && (
          <div className="actions">
            {content !== '' && <CopyButton text={content} label={messages.copy} htmlOf={htmlOf} />}
            <button
              type="button"
              className="button icon-button small"
              aria-label={messages.message.regenerate}
              title={messages.message.regenerate}
              onClick={() => onRegenerate(id)}
            >
              <AgainIcon />
            </button>
            <Details message={message} />
          </div>
        )}
      </footer>
    </article>
  );
});

/** Is as high as a first line of text: the wake alone, before any word. */
function Waiting() {
  return (
    <div className="reply-text" data-testid="reply-text">
      <p>
        <span className="wake wake-alone" data-wake="running" />
      </p>
    </div>
  );
}
