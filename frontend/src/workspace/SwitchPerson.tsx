// Asks before a link signs in somebody else: what is written from then on would be theirs to read.
import { usePerson } from '../browser/person.ts';
import { useMessages } from '../i18n/Language.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import type { OfferedToken } from './useOfferedToken.ts';

/** Closing the dialog stays with the person who is signed in. */
export function SwitchPerson({ offered: { person, accept, decline } }: { readonly offered: OfferedToken }) {
  const { switchPerson } = useMessages();
  const current = usePerson();
  return (
    <Dialog title={switchPerson.title} onClose={decline}>
      <p>{switchPerson.line(shortened(current), shortened(person))}</p>
      <div className="erase-actions">
        <button type="button" className="button" onClick={accept}>
          {switchPerson.accept(shortened(person))}
        </button>
        <button type="button" className="button primary" onClick={decline}>
          {switchPerson.decline(shortened(current))}
        </button>
      </div>
    </Dialog>
  );
}

/** Isolates a name, so that its writing direction leaves the sentence alone, and cuts a long one. */
function shortened(name: string): string {
  const visible = [...name.replace(/[\p{Cc}\p{Cf}]/gu, '')];
  return `\u2068${visible.length > 60 ? `${visible.slice(0, 60).join('')}…` : visible.join('')}\u2069`;
}
