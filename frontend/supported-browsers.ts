// The supported browsers: those of the last two and a half years. The build targets them, and a test fails if one of
// them lacks an API in use. Update once a year.

/** The oldest supported version of each browser, under the browser names of MDN's compatibility data. */
export const supportedBrowsers = {
  chrome: '125',
  chrome_android: '125',
  edge: '125',
  firefox: '126',
  firefox_android: '126',
  safari: '17.5',
  safari_ios: '17.5',
} as const;

/** Returns the same versions as the build's target. */
export function buildTarget(): string[] {
  const { chrome, edge, firefox, safari, safari_ios } = supportedBrowsers;
  return [`chrome${chrome}`, `edge${edge}`, `firefox${firefox}`, `safari${safari}`, `ios${safari_ios}`];
}
