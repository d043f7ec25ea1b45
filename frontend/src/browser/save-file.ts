// Saves a file from memory as a download.

/** Downloads `file` under a name that is valid on every file system. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // after the browser has read the file
}

/** Maximum length of a title, which bounds the patterns below; the last one takes quadratic time. */
const mostOfTitle = 400;

/** Removes characters that are invalid in file names; keeps the extension. */
export function fileName(name: string): string {
  const dot = name.lastIndexOf('.');
  const stem = name
    .slice(0, Math.min(dot, mostOfTitle))
    .replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  return `${[...stem].slice(0, 80).join('').trim() || 'conversation'}${name.slice(dot)}`;
}
