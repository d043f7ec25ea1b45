// The fallback of the page after a render error: it explains that nothing is lost, and how to continue.
import { useMessages } from '../i18n/Language.tsx';

/** Renders the fallback of the whole page. */
export function Broken() {
  const { broken } = useMessages();
  return (
    <main className="broken" role="alert">
      <h1>{broken.title}</h1>
      <p>{broken.line}</p>
      <button type="button" className="button" onClick={() => location.reload()}>
        {broken.reload}
      </button>
      <a className="button" href="/">
        {broken.startOver}
      </a>
    </main>
  );
}
