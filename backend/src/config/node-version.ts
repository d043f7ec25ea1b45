// The versions of Node.js that the server works on. Their `node:sqlite` has `StatementSync.columns()`.

/** The range, as in `engines` of package.json. */
export const supportedNode = '^22.16.0 || >=24.0.0';

/** Returns one line that says which version is needed, or `undefined` on a supported one. */
export function nodeProblem(version = process.versions.node): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isSupported = major >= 24 || (major === 22 && minor >= 16);
  return isSupported ? undefined : `Sillage needs Node.js ${supportedNode}; this is ${version}.`;
}
