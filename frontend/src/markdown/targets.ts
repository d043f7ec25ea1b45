// Allowed targets of links and pictures in a reply. The text of a reply is untrusted, so this is an allowlist.

const linkProtocols: readonly string[] = ['https:', 'http:', 'mailto:'];

/** Parses the address of a link; `undefined` for anything but an absolute web or mail address. */
export function linkTarget(address: string): URL | undefined {
  const url = parsed(address);
  return url !== undefined && linkProtocols.includes(url.protocol) ? url : undefined;
}

/** Parses the address of a picture; `undefined` for anything but `https:`. */
export function pictureTarget(address: string): URL | undefined {
  const url = parsed(address);
  return url?.protocol === 'https:' ? url : undefined;
}

/** Parses an absolute URL. Safari before version 18 lacks `URL.parse`. */
function parsed(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** Returns the destination to show after the text of a link; empty if the text already equals it. */
export function placeToShow(url: URL, words: string): string {
  const place = url.protocol === 'mailto:' ? url.pathname : url.host;
  const said = plain(words);
  return said === plain(url.href) || said === plain(place) ? '' : place;
}

function plain(address: string): string {
  return address
    .trim()
    .replace(/^(?:https?:\/\/|mailto:)/i, '')
    .replace(/\/$/, '')
    .toLowerCase();
}
