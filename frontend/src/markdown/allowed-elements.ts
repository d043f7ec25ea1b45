// The only elements that are drawn of a reply; the words of any other stay.

/** Names them. */
export const allowedElements: readonly string[] = [
  ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
  ...['em', 'strong', 'del', 'a', 'img', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'span'],
  ...['sub', 'sup', 'kbd', 'mark', 'details', 'summary'],
];
