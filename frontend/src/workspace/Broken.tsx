// What is left of the page when drawing it has failed: why nothing is lost, and the way on.
import { useMessages } from '../i18n/Language.tsx';

/** Stands in for the whole page. */
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
