// The confirmation before a link signs in another person, who could read everything written from then on.
import { usePerson } from '../browser/person.ts';
import { useMessages } from '../i18n/Language.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import type { OfferedToken } from './useOfferedToken.ts';

/** Renders the confirmation. Closing the dialog keeps the current person signed in. */
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

/** Isolates the writing direction of a name from the sentence around it, and truncates a long name. */
function shortened(name: string): string {
  const visible = [...name.replace(/[\p{Cc}\p{Cf}]/gu, '')];
  return `\u2068${visible.length > 60 ? `${visible.slice(0, 60).join('')}…` : visible.join('')}\u2069`;
}
