// The view of an empty conversation: an introduction, suggested first messages, and the notice of the demo mode.
import type { MouseEvent } from 'react';
import { pathOf } from '../browser/address.ts';
import { useMessages } from '../i18n/Language.tsx';

interface WelcomeProps {
  readonly isDemo: boolean;
  /** The reason why the conversation is empty, if there is one. */
  readonly note: string | undefined;
  readonly lastSession: string | undefined;
  readonly onSend: (message: string) => void;
  readonly onOpen: (sessionId: string) => void;
}

/** Renders the introduction in place of the messages. */
export function Welcome({ isDemo, note, lastSession, onSend, onOpen }: WelcomeProps) {
  const { welcome } = useMessages();
  const [before, between, behind] = welcome.demo;

  const openLast = (event: MouseEvent, sessionId: string) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    onOpen(sessionId);
  };

  return (
    <div className="welcome">
      {note !== undefined && (
        <p className="welcome-note" role="alert">
          {note}
        </p>
      )}
      <h1>{welcome.title}</h1>
      <p className="welcome-line">{welcome.line}</p>
      <h2 className="visually-hidden">{welcome.openings}</h2>
      <ul className="openings">
        {welcome.opening.map(({ title, detail, message }) => (
          <li key={title}>
            <button type="button" className="opening" onClick={() => onSend(message)}>
              <span className="opening-title">{title}</span>
              <span className="opening-detail">{detail}</span>
            </button>
          </li>
        ))}
      </ul>
      {lastSession !== undefined && (
        <a className="continue" href={pathOf(lastSession)} onClick={(event) => openLast(event, lastSession)}>
          {welcome.continueLast}
        </a>
      )}
      {isDemo && (
        <p className="demo" data-testid="demo-notice">
          <strong>{welcome.demoTitle}</strong> {before}
          <code>ai_api_key</code>
          {between}
          <code>ai_api_url</code>
          {behind}
        </p>
      )}
    </div>
  );
}
