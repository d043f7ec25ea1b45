// Markdown is not part of the first load: nothing of it is needed before the first reply.

/** Loads what draws Markdown; once loaded it is there at once. */
export async function loadMarkdown() {
  return { default: (await import('./Markdown.tsx')).Markdown };
}
