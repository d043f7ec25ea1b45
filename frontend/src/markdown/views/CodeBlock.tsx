// A code block: its language, its buttons, and its lines, highlighted once the highlighter has loaded.
import { type ComponentType, lazy, memo, type ReactNode, type Ref, Suspense, useState } from 'react';
import { saveFile } from '../../browser/save-file.ts';
import { useMessages } from '../../i18n/Language.tsx';
import { CopyButton } from '../../ui/CopyButton.tsx';
import { IconButton } from '../../ui/IconButton.tsx';
import { DownloadIcon, WrapIcon } from '../../ui/icons.tsx';
import { type Fence, highlightedLength, lineGroups } from '../blocks/fence.ts';
import { cutTail, type Wake } from '../blocks/wake.ts';
import { useScrollable } from './useScrollable.ts';

// If the highlighter fails to load, code is rendered without colours.
const Highlighted = lazy<ComponentType<Fence>>(() =>
  import('./Highlighted.tsx').then(
    (loaded) => ({ default: loaded.Highlighted }),
    () => ({ default: PlainCode }),
  ),
);

/** Props of {@link CodeBlock}. */
export interface CodeBlockProps extends Fence {
  /** Whether more text may follow. */
  readonly isOpen: boolean;
  readonly wake: Wake;
  readonly ref?: Ref<HTMLElement>;
  /** A button before the others. */
  readonly action?: ReactNode;
  /** A sentence above the code. */
  readonly note?: string | undefined;
  /** Shown in place of the code, which stays in the document to be copied with the reply. */
  readonly picture?: ReactNode;
}

/** Renders code. While the code grows, only its last lines are rendered again, and highlighting follows in steps. */
export const CodeBlock = memo(function CodeBlock(props: CodeBlockProps) {
  const { code, language, isOpen, wake, ref, action, note, picture } = props;
  const messages = useMessages();
  const scrollable = useScrollable<HTMLPreElement>();
  const [isWrapped, setWrapped] = useState(false);
  const length = language === '' ? 0 : highlightedLength(code, isOpen);
  const known = code.slice(0, length);
  const groups = lineGroups(code.slice(length));

  return (
    <figure className="code" ref={ref}>
      <figcaption>
        <span>{language || messages.code}</span>
        <span className="code-actions">
          {action}
          {picture === undefined && (
            <IconButton
              isSmall
              label={messages.wrapCode}
              aria-pressed={isWrapped}
              onClick={() => setWrapped(!isWrapped)}
            >
              <WrapIcon />
            </IconButton>
          )}
          <IconButton
            isSmall
            label={messages.downloadCode}
            onClick={() => saveFile(new Blob([code], { type: 'text/plain' }), `code.${endingOf(language)}`)}
          >
            <DownloadIcon />
          </IconButton>
          <CopyButton text={code} label={messages.copyCode} />
        </span>
      </figcaption>
      {note !== undefined && <p className="code-note">{note}</p>}
      {picture}
      <pre
        data-wrapped={isWrapped || undefined}
        hidden={picture !== undefined}
        ref={scrollable.ref}
        tabIndex={scrollable.tabIndex}
      >
        <code>
          {length > 0 && (
            <Suspense fallback={known}>
              <Highlighted code={known} language={language} />
            </Suspense>
          )}
          {groups.map((text, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: code only grows at its end, so its lines keep their index
            <Lines key={index} text={text} wake={index === groups.length - 1 ? wake : 'none'} />
          ))}
        </code>
      </pre>
    </figure>
  );
});

function PlainCode({ code }: Fence) {
  return code;
}

/** Renders a group of lines in its own box, so that the browser does not lay out the lines above it again. */
const Lines = memo(function Lines({ text, wake }: { readonly text: string; readonly wake: Wake }) {
  if (text === '') return null;
  const [head, tail] = wake === 'none' ? [text, ''] : cutTail(text);
  return (
    <span className="lines">
      {head}
      {tail !== '' && (
        <span className="wake" data-wake={wake}>
          {tail}
        </span>
      )}
    </span>
  );
});

const endings: Readonly<Record<string, string>> = {
  bash: 'sh',
  csharp: 'cs',
  elixir: 'ex',
  haskell: 'hs',
  javascript: 'js',
  kotlin: 'kt',
  markdown: 'md',
  powershell: 'ps1',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  shell: 'sh',
  typescript: 'ts',
};

/** Returns the file extension of a language; many language names are file extensions already. */
function endingOf(language: string): string {
  const name = language.toLowerCase();
  return endings[name] ?? (/^[a-z0-9]{1,10}$/.test(name) ? name : 'txt');
}
