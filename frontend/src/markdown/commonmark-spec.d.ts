// What the package `commonmark-spec` gives: the examples of the specification.
declare module 'commonmark-spec' {
  export const tests: readonly { readonly markdown: string; readonly html: string }[];
}
