// Saves a file that the page holds, as a download.

/** Hands `file` to the browser under a name that every file system takes. */
export function saveFile(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = fileName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // once the browser has surely read it
}

/** Bounds the patterns below, the last of which is quadratic. */
const mostOfTitle = 400;

/** Takes out of a name what file systems do not take; keeps its ending. */
export function fileName(name: string): string {
  const dot = name.lastIndexOf('.');
  const stem = name
    .slice(0, Math.min(dot, mostOfTitle))
    .replace(/[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  return `${[...stem].slice(0, 80).join('').trim() || 'conversation'}${name.slice(dot)}`;
}
