// Languages that are loaded on first use; the highlighter includes the common ones.
import type { LanguageFn } from 'highlight.js';

type Load = () => Promise<{ readonly default: LanguageFn }>;

const languages: Readonly<Record<string, Load>> = {
  apache: () => import('highlight.js/lib/languages/apache'),
  clojure: () => import('highlight.js/lib/languages/clojure'),
  cmake: () => import('highlight.js/lib/languages/cmake'),
  dart: () => import('highlight.js/lib/languages/dart'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  dos: () => import('highlight.js/lib/languages/dos'),
  elixir: () => import('highlight.js/lib/languages/elixir'),
  elm: () => import('highlight.js/lib/languages/elm'),
  erlang: () => import('highlight.js/lib/languages/erlang'),
  fortran: () => import('highlight.js/lib/languages/fortran'),
  fsharp: () => import('highlight.js/lib/languages/fsharp'),
  groovy: () => import('highlight.js/lib/languages/groovy'),
  haskell: () => import('highlight.js/lib/languages/haskell'),
  http: () => import('highlight.js/lib/languages/http'),
  julia: () => import('highlight.js/lib/languages/julia'),
  latex: () => import('highlight.js/lib/languages/latex'),
  lisp: () => import('highlight.js/lib/languages/lisp'),
  matlab: () => import('highlight.js/lib/languages/matlab'),
  nginx: () => import('highlight.js/lib/languages/nginx'),
  nix: () => import('highlight.js/lib/languages/nix'),
  ocaml: () => import('highlight.js/lib/languages/ocaml'),
  powershell: () => import('highlight.js/lib/languages/powershell'),
  prolog: () => import('highlight.js/lib/languages/prolog'),
  properties: () => import('highlight.js/lib/languages/properties'),
  protobuf: () => import('highlight.js/lib/languages/protobuf'),
  puppet: () => import('highlight.js/lib/languages/puppet'),
  scala: () => import('highlight.js/lib/languages/scala'),
  tcl: () => import('highlight.js/lib/languages/tcl'),
  verilog: () => import('highlight.js/lib/languages/verilog'),
  vhdl: () => import('highlight.js/lib/languages/vhdl'),
  vim: () => import('highlight.js/lib/languages/vim'),
  x86asm: () => import('highlight.js/lib/languages/x86asm'),
};

const aliases: Readonly<Record<string, string>> = {
  asm: 'x86asm',
  bat: 'dos',
  clj: 'clojure',
  cmd: 'dos',
  docker: 'dockerfile',
  ex: 'elixir',
  exs: 'elixir',
  fs: 'fsharp',
  hs: 'haskell',
  ml: 'ocaml',
  proto: 'protobuf',
  ps1: 'powershell',
  pwsh: 'powershell',
  tex: 'latex',
};

/** Returns the loader of a language and the name to register it by; `undefined` for an unknown language. */
export function languageNamed(name: string): { readonly name: string; readonly load: Load } | undefined {
  const full = aliases[name] ?? name;
  const load = Object.hasOwn(languages, full) ? languages[full] : undefined;
  return load === undefined ? undefined : { name: full, load };
}
