// The browsers that the page supports: those of the last two and a half years. The build compiles for them, and a test
// refuses what one of them lacks. Moved on once a year.

/** Names the oldest supported version of each engine, as MDN's compatibility data names browsers. */
export const supportedBrowsers = {
  chrome: '125',
  chrome_android: '125',
  edge: '125',
  firefox: '126',
  firefox_android: '126',
  safari: '17.5',
  safari_ios: '17.5',
} as const;

/** Returns the same as the build's target. */
export function buildTarget(): string[] {
  const { chrome, edge, firefox, safari, safari_ios } = supportedBrowsers;
  return [`chrome${chrome}`, `edge${edge}`, `firefox${firefox}`, `safari${safari}`, `ios${safari_ios}`];
}
