// Where a link or a picture of a reply may lead. What a model writes is untrusted: only what is named here passes.

const linkProtocols: readonly string[] = ['https:', 'http:', 'mailto:'];

/** Returns where a link leads; undefined for all but absolute web and mail addresses. */
export function linkTarget(address: string): URL | undefined {
  const url = parsed(address);
  return url !== undefined && linkProtocols.includes(url.protocol) ? url : undefined;
}

/** Returns where a picture lies; undefined for all but https. */
export function pictureTarget(address: string): URL | undefined {
  const url = parsed(address);
  return url?.protocol === 'https:' ? url : undefined;
}

/** Safari knows `URL.parse` from version 18 on only. */
function parsed(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

/** Names where a link leads, to be shown behind its words; empty where these already say just that. */
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
