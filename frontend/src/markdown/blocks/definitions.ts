// Reference definitions (`[label]: address`). Each block is parsed alone, so the definitions that it refers to are put
// before its text.

const space = String.raw`(?:[ \t]+\n?[ \t]*|\n[ \t]*)`;
const label = String.raw`\[((?:[^[\]\\]|\\[^])+)\]`;
const address = String.raw`(?:<(?:[^<>\n\\]|\\.)*>|[^\s<]\S*)`;
const title = String.raw`(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|\((?:[^()\\]|\\[^])*\))`;
const definitionPattern = new RegExp(
  String.raw`^ {0,3}${label}:${space}?${address}(?:${space}${title}(?=[ \t]*(?:\n|$)))?[ \t]*(?:\n|$)`,
);

/** Maximum number of definitions in a reply; each block that adds some copies the whole map. */
const mostDefinitions = 1_000;
/** Maximum length of a label in UTF-16 units (CommonMark 0.31 §4.7). */
const longestLabel = 999;

/** Adds the definitions at the beginning of a block to `known`; of two with the same label, the first takes
 *  precedence. */
export function definitionsIn(block: string, known: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (known.size >= mostDefinitions || !block.trimStart().startsWith('[')) return known;
  const found = new Map<string, string>();
  let rest = block.replace(/^\s*\n/, '');
  for (let match = definitionPattern.exec(rest); match; match = definitionPattern.exec(rest)) {
    const [text, label = ''] = match;
    const name = nameOf(label);
    if (!label.startsWith('^') && !known.has(name) && !found.has(name)) found.set(name, text.trim());
    rest = rest.slice(text.length);
  }
  return found.size === 0 ? known : new Map([...known, ...found]);
}

/** Lists the labels that a block may refer to. A label contains no other bracket, so one pass suffices. */
export function labelsIn(block: string): readonly string[] {
  const labels = new Set<string>();
  let begin = -1;
  for (let index = block.indexOf('['); index !== -1 && index < block.length; index++) {
    const character = block[index];
    if (character === '\\') index++;
    else if (character === '[') begin = index + 1;
    else if (character === ']') {
      if (begin !== -1 && index > begin && index - begin <= longestLabel) labels.add(nameOf(block.slice(begin, index)));
      begin = -1;
    }
  }
  return [...labels];
}

/** Returns the definitions of `labels` as Markdown to put before a block; empty if there are none. */
export function definitionsFor(labels: readonly string[], definitions: ReadonlyMap<string, string>): string {
  if (labels.length === 0 || definitions.size === 0) return '';
  const lines = labels.flatMap((label) => definitions.get(label) ?? []);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n\n`;
}

function nameOf(label: string): string {
  return label.trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
