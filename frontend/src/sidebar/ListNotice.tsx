// A notice below the list: a deletion that can be undone, or an error. It stays until the deletion is final or the
// error is dismissed.

import { useMessages } from '../i18n/Language.tsx';
import { IconButton } from '../ui/IconButton.tsx';
import { CloseIcon } from '../ui/icons.tsx';
import type { ConversationList } from './list-store/conversation-list.ts';
import type { ListState } from './list-store/list-state.ts';

interface ListNoticeProps {
  readonly list: ConversationList;
  readonly state: ListState;
}

/** Renders the notice below the rows. */
export function ListNotice({ list, state: { removed, problem } }: ListNoticeProps) {
  const messages = useMessages();
  return (
    <div className="notices" aria-live="polite">
      {problem !== undefined && (
        <div className="notice problem" data-testid="list-problem">
          <p>
            {messages.list.problem[problem.what]} {messages.errors[problem.code]}
          </p>
          <IconButton isSmall label={messages.close} onClick={list.dismiss}>
            <CloseIcon />
          </IconButton>
        </div>
      )}
      {removed !== undefined && (
        <div className="notice" data-testid="removed">
          <p>{messages.list.removed(removed.title)}</p>
          <button type="button" className="button" onClick={list.undo}>
            {messages.list.undo}
          </button>
        </div>
      )}
    </div>
  );
}
