// Copies text and its HTML to the clipboard, so that pasting into a document keeps the formatting. Falls back to
// `document.execCommand` where the Clipboard API is missing, as on plain HTTP from another machine.

/** The content to copy; `html` is pasted into applications that accept formatted text. */
interface Copied {
  readonly text: string;
  readonly html?: string | undefined;
}

/** Copies to the clipboard; returns whether it succeeded. */
export async function copy({ text, html }: Copied): Promise<boolean> {
  const { clipboard } = navigator as { readonly clipboard?: Clipboard };
  try {
    if (clipboard === undefined) return copyByCommand({ text, html });
    if (html === undefined || typeof ClipboardItem !== 'function') await clipboard.writeText(text);
    else
      await clipboard.write([
        new ClipboardItem({ 'text/plain': blobOf(text), 'text/html': blobOf(html, 'text/html') }),
      ]);
    return true;
  } catch {
    return copyByCommand({ text, html }); // permission denied, or a format that the browser does not support
  }
}

function blobOf(text: string, type = 'text/plain'): Blob {
  return new Blob([text], { type });
}

function copyByCommand({ text, html }: Copied): boolean {
  const fill = (event: ClipboardEvent) => {
    event.preventDefault();
    event.clipboardData?.setData('text/plain', text);
    if (html !== undefined) event.clipboardData?.setData('text/html', html);
  };
  document.addEventListener('copy', fill, { once: true });
  try {
    return document.execCommand('copy');
  } finally {
    document.removeEventListener('copy', fill);
  }
}

/** Returns the HTML of a rendered element without buttons, hints and classes, which only the page needs. */
export function htmlToCopy(element: Element): string {
  const copied = element.cloneNode(true) as Element;
  for (const part of copied.querySelectorAll(
    'button, figcaption, .code-note, .diagram, .link-place, .visually-hidden, .katex-html',
  ))
    part.remove();
  for (const part of copied.querySelectorAll('span:not([role]), div, figure')) part.replaceWith(...part.childNodes);
  for (const part of copied.querySelectorAll('*')) {
    for (const { name } of [...part.attributes]) if (!keptAttributes.includes(name)) part.removeAttribute(name);
  }
  return copied.innerHTML;
}

const keptAttributes: readonly string[] = [
  'href',
  'src',
  'alt',
  'start',
  'dir',
  'colspan',
  'rowspan',
  'display',
  'xmlns',
];
