// One reply: its text, its status and its actions.
import type { ConversationMessage } from '@sillage/client';
import { memo, useCallback, useRef } from 'react';
import { htmlToCopy } from '../../browser/copy.ts';
import { useMessages } from '../../i18n/Language.tsx';
import { statusWords } from '../../i18n/messages.ts';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { CopyLink } from '../../ui/CopyLink.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { AgainIcon } from '../../ui/icons.tsx';
import { Details } from './Details.tsx';
import { Failure, type FailureActions } from './Failure.tsx';
import { Reasoning } from './Reasoning.tsx';
import { ReplyText } from './ReplyText.tsx';
import { type LiveReply, type ReplyStatus, statusOfEnded } from './reply-status.ts';
import { UnderWay } from './UnderWay.tsx';
import { Versions } from './Versions.tsx';

interface ReplyProps {
  readonly sessionId: string;
  readonly message: ConversationMessage;
  /** The id of the last part, if continuations are joined to the reply; otherwise its own. */
  readonly lastId: string;
  /** Whether the conversation was opened at this message. */
  readonly isTarget: boolean;
  /** Status of the reply while it is being streamed; absent once it has ended. */
  readonly live: LiveReply | undefined;
  /** Whether the reply ended while the conversation was on screen. */
  readonly isFresh: boolean;
  /** Recovery actions; present only for the last reply. */
  readonly actions: FailureActions | undefined;
  readonly onRegenerate: (messageId: string) => void;
  readonly onContinue: (messageId: string) => void;
  readonly onSelect: (messageId: string) => void;
}

/** Renders a reply, live or ended. Its footer has a constant height, which prevents layout shifts when the reply begins
 *  or ends. */
export const Reply = memo(function Reply(props: ReplyProps) {
  const { sessionId, message, lastId, isTarget, live, isFresh, actions, onRegenerate, onContinue, onSelect } = props;
  const messages = useMessages();
  const article = useRef<HTMLElement>(null);
  const htmlOf = useCallback(() => {
    const drawn = article.current?.querySelector('.reply-text > .markdown');
    return drawn == null ? undefined : htmlToCopy(drawn);
  }, []);
  const { id, content, reasoning = '', siblings, code = 'internal' } = message;
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
      data-target={isTarget || undefined}
    >
      {reasoning !== '' && (
        <Reasoning
          key={message.id}
          text={reasoning}
          ms={message.reasoningMs}
          isAlone={content === ''}
          isRunning={content === '' && live !== undefined}
          isTimed={status === 'thinking'}
        />
      )}
      {content !== '' || live === undefined ? (
        <ReplyText text={content} wake={wake} />
      ) : (
        reasoning === '' && <Waiting />
      )}
      {hasFailed && <Failure message={message} isFresh={isFresh} code={code} actions={actions} />}
      <footer className="reply-footer">
        {status === 'told-to-wait' && <UnderWay />}
        <span className="reply-status" data-testid="reply-status" data-status={status}>
          {status === 'failed' || status === 'thinking' ? '' : statusWords(messages, stands)}
        </span>
        {actions !== undefined && content !== '' && endsEarly.has(status) && (
          <button type="button" className="button small" onClick={() => onContinue(lastId)}>
            {messages.message.continueReply}
          </button>
        )}
        {live === undefined && <Versions id={id} siblings={siblings} onSelect={onSelect} />}
        {live === undefined && (
          <div className="actions">
            {content !== '' && <CopyButton text={content} label={messages.copy} htmlOf={htmlOf} />}
            <CopyLink sessionId={sessionId} messageId={id} isStored={message.isStored} />
            <IconButton isSmall label={messages.message.regenerate} onClick={() => onRegenerate(id)}>
              <AgainIcon />
            </IconButton>
            <Details message={message} />
          </div>
        )}
      </footer>
    </article>
  );
});

/** Status of replies whose text can be continued. */
const endsEarly: ReadonlySet<ReplyStatus> = new Set(['cut', 'stopped', 'interrupted']);

/** Renders the wake alone, before any text, at the height of a first line of text. */
function Waiting() {
  return (
    <div className="reply-text" data-testid="reply-text">
      <p>
        <span className="wake wake-alone" data-wake="running" />
      </p>
    </div>
  );
}
