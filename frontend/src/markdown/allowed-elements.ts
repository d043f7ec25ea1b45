// The elements that a reply may contain. Any other element is replaced by its content.

/** Tag names of the allowed elements. */
export const allowedElements: readonly string[] = [
  ...['p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'blockquote', 'ul', 'ol', 'li', 'pre', 'code'],
  ...['em', 'strong', 'del', 'a', 'img', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'input', 'span'],
  ...['sub', 'sup', 'kbd', 'mark', 'details', 'summary'],
];
