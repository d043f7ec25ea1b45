// Reference definitions (`[label]: address`): a block is parsed alone, so it is given those that it refers to.

const definitionPattern =
  /^ {0,3}\[((?:[^[\]\\]|\\.)+)\]:[ \t]*(?:\n[ \t]*)?(?:<[^<>\n]*>|[^\s<]\S*)(?:[ \t]+(?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\)))?[ \t]*(?:\n|$)/;

/** Adds the definitions that stand at the beginning of a block; of two with one label the first holds. */
export function definitionsIn(block: string, known: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!block.trimStart().startsWith('[')) return known;
  const found = new Map(known);
  let rest = block.replace(/^\s*\n/, '');
  for (let match = definitionPattern.exec(rest); match; match = definitionPattern.exec(rest)) {
    const [text, label = ''] = match;
    const name = nameOf(label);
    if (!label.startsWith('^') && !found.has(name)) found.set(name, text.trim());
    rest = rest.slice(text.length);
  }
  return found;
}

/** Lists the labels that a block may refer to. */
export function labelsIn(block: string): readonly string[] {
  if (!block.includes('[')) return [];
  return [...new Set([...block.matchAll(/\[((?:[^[\]\\]|\\.)+)\]/g)].map(([, label = '']) => nameOf(label)))];
}

/** Returns the definitions behind `labels` as Markdown to put before a block; empty where there are none. */
export function definitionsFor(labels: readonly string[], definitions: ReadonlyMap<string, string>): string {
  if (labels.length === 0 || definitions.size === 0) return '';
  const lines = labels.flatMap((label) => definitions.get(label) ?? []);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}

function nameOf(label: string): string {
  return label.trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
