// A dialog with all keyboard shortcuts.
import { useMessages } from '../i18n/Language.tsx';
import { Dialog } from '../ui/Dialog.tsx';

/** Renders the shortcuts. */
export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const { shortcuts } = useMessages();
  const { ctrl, shift, remove, ...keys } = shortcuts.keys;
  const everywhere: readonly Shown[] = [
    [shortcuts.write, ['/']],
    [shortcuts.stop, [keys.escape]],
    [shortcuts.fresh, [ctrl, shift, 'O']],
    [shortcuts.search, [ctrl, 'K']],
    [shortcuts.toggleList, [ctrl, 'B']],
    [shortcuts.undo, [ctrl, 'Z']],
    [shortcuts.help, ['?']],
  ];
  const inList: readonly Shown[] = [
    [shortcuts.move, ['↑', '↓']],
    [shortcuts.rename, ['F2']],
    [shortcuts.remove, [remove]],
  ];

  return (
    <Dialog title={shortcuts.title} onClose={onClose}>
      <Group title={shortcuts.everywhere} shown={everywhere} />
      <Group title={shortcuts.inList} shown={inList} />
    </Dialog>
  );
}

type Shown = readonly [what: string, keys: readonly string[]];

function Group({ title, shown }: { readonly title: string; readonly shown: readonly Shown[] }) {
  return (
    <section className="shortcuts">
      <h3>{title}</h3>
      <dl>
        {shown.map(([what, keys]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
