// Types of the package `commonmark-spec`, which exports the examples of the specification.
declare module 'commonmark-spec' {
  export const tests: readonly { readonly markdown: string; readonly html: string }[];
}
