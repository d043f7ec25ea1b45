// Trims given characters. It uses no regular expression, because one anchored at the end takes quadratic time.

/** Returns `text` without any of the characters `signs` at its beginning and end. */
export function trimSigns(text: string, signs: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && signs.includes(text[start] ?? '')) start++;
  while (start < end && signs.includes(text[end - 1] ?? '')) end--;
  return text.slice(start, end);
}
