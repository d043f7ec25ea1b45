// Markdown is not part of the initial bundle, because it is not needed before the first reply.

/** Loads the Markdown component; later calls return the module that is already loaded. */
export async function loadMarkdown() {
  return { default: (await import('./Markdown.tsx')).Markdown };
}
