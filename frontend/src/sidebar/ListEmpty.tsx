// The placeholder of an empty list: no conversations, no results, still loading, or failed to load.
import { useLate } from '../hooks/useLate.ts';
import { useMessages } from '../i18n/Language.tsx';
import type { ConversationList } from './list-store/conversation-list.ts';
import type { ListState } from './list-store/list-state.ts';

interface ListEmptyProps {
  readonly list: ConversationList;
  readonly state: ListState;
  readonly search: string;
}

/** Renders the reason why the list is empty. */
export function ListEmpty({ list, state: { phase, code, search: found }, search }: ListEmptyProps) {
  const messages = useMessages();
  const isLate = useLate(phase === 'loading', 300);

  if (phase === 'failed') {
    return (
      <div className="rows rows-note" role="alert" data-testid="list-failure">
        <p>
          {messages.list.unreadable} {messages.errors[code ?? 'internal']}
        </p>
        <button type="button" className="button" onClick={list.load}>
          {messages.recovery.retry}
        </button>
      </div>
    );
  }
  if (phase === 'loading' && found === '') {
    return (
      <div className="rows" aria-busy="true">
        <p className="visually-hidden">{messages.list.loading}</p>
        {isLate && [1, 2, 3, 4, 5].map((row) => <div key={row} className="row-shade" />)}
      </div>
    );
  }
  return (
    <div className="rows rows-note" aria-live="polite">
      {found === '' && search === '' ? (
        <>
          <p className="rows-note-title">{messages.list.none}</p>
          <p>{messages.list.noneDetail}</p>
        </>
      ) : (
        <p>{messages.list.noneFound(found || search)}</p>
      )}
    </div>
  );
}
