// Formulas in Markdown: `\(…\)`, `\[…\]`, `$$…$$` and `$…$`, as an extension of micromark and of mdast. So that prices
// are not formulas, an opening `$` must not be followed by a space, and a closing `$` must neither follow a space nor
// precede a letter or digit.
import type { Extension as FromMarkdown } from 'mdast-util-from-markdown';
import type { Code, Construct, Effects, Extension, State, TokenizeContext } from 'micromark-util-types';
import type { Processor } from 'unified';

declare module 'micromark-util-types' {
  interface TokenTypeMap {
    formula: 'formula';
    formulaText: 'formulaText';
  }
}

const dollar = 36;
const backslash = 92;
const backtick = 96;
const closerOf: Readonly<Record<number, number>> = { 40: 41, 91: 93 }; // ( ), [ ]

/** Parses formulas as `inlineCode` nodes with the property `dataFormula`; their value is the source. */
export function remarkMath(this: Processor): void {
  const data = this.data() as { micromarkExtensions?: Extension[]; fromMarkdownExtensions?: FromMarkdown[] };
  data.micromarkExtensions = [...(data.micromarkExtensions ?? []), syntax];
  data.fromMarkdownExtensions = [...(data.fromMarkdownExtensions ?? []), fromMarkdown];
}

const syntax: Extension = {
  text: {
    [backslash]: { name: 'formula', tokenize: tokenizeBackslash } satisfies Construct,
    [dollar]: { name: 'formula', tokenize: tokenizeDollar, previous: canPrecede } satisfies Construct,
  },
};

const fromMarkdown: FromMarkdown = {
  enter: {
    formula(token) {
      const value = this.sliceSerialize(token);
      this.enter({ type: 'inlineCode', value, data: { hProperties: { dataFormula: 'true' } } }, token);
    },
  },
  exit: {
    formula(token) {
      this.exit(token);
    },
  },
};

/** Tokenizes `\(` to `\)`, or `\[` to `\]`. */
function tokenizeBackslash(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let closer: number | undefined;
  const text = textOf(effects, nok, (code) => (code === backslash ? escapeMark : undefined));
  const escapeMark: State = (code) => {
    effects.consume(code);
    return escaped;
  };
  const escaped: State = (code) => {
    if (code === null || isLineEnding(code)) return text.inside(code);
    effects.consume(code);
    return code === closer ? closed : text.inside;
  };
  const closed = closing(effects, ok);
  return (code) => {
    effects.enter('formula');
    effects.enter('formulaText');
    effects.consume(code);
    return (next) => {
      closer = next === null ? undefined : closerOf[next];
      if (closer === undefined) return nok(next);
      effects.consume(next);
      return text.inside;
    };
  };
}

/** Tokenizes `$$` to `$$`, or `$` to `$`. */
function tokenizeDollar(this: TokenizeContext, effects: Effects, ok: State, nok: State): State {
  let size = 0;
  let isEmpty = true;
  let before: Code = null;
  const text = textOf(effects, nok, (code) => {
    if (code === dollar) return mark;
    if (code === backtick && size === 1) return nok; // a code span begins here
    isEmpty = false;
    before = code;
    return code === backslash ? escapeMark : undefined;
  });
  const escapeMark: State = (code) => {
    effects.consume(code);
    return (next) => {
      if (next === null || isLineEnding(next)) return text.inside(next);
      effects.consume(next);
      before = next;
      return text.inside;
    };
  };
  const mark: State = (code) => {
    effects.consume(code);
    return size === 2 ? second : single;
  };
  const second: State = (code) => {
    if (code !== dollar) return text.inside(code);
    effects.consume(code);
    return isEmpty ? nok : closed;
  };
  const single: State = (code) => {
    return isEmpty || isSpace(before) || isWord(code) ? nok(code) : closed(code);
  };
  const closed = closing(effects, ok);
  const opened: State = (code) => {
    if (code === dollar && size < 2) {
      effects.consume(code);
      size++;
      return opened;
    }
    if (code === dollar || (size === 1 && isSpace(code))) return nok(code);
    return text.inside(code);
  };
  return (code) => {
    effects.enter('formula');
    effects.enter('formulaText');
    return opened(code);
  };
}

/** Consumes the text of a formula, line by line as micromark requires; `special` returns the state for a character that
 *  is handled differently. */
function textOf(effects: Effects, nok: State, special: (code: Code) => State | undefined): { readonly inside: State } {
  const inside: State = (code) => {
    if (code === null) return nok(code);
    if (isLineEnding(code)) {
      effects.exit('formulaText');
      effects.enter('lineEnding');
      effects.consume(code);
      effects.exit('lineEnding');
      return nextLine;
    }
    const state = special(code);
    if (state !== undefined) return state(code);
    effects.consume(code);
    return inside;
  };
  const nextLine: State = (code) => {
    if (code === null || isLineEnding(code)) return nok(code);
    effects.enter('formulaText');
    return inside(code);
  };
  return { inside };
}

function closing(effects: Effects, ok: State): State {
  return (code) => {
    effects.exit('formulaText');
    effects.exit('formula');
    return ok(code);
  };
}

/** Whether a `$` after `code` may open a formula: the one in `US$5` and the third in `$$$` may not. */
function canPrecede(this: TokenizeContext, code: Code): boolean {
  return code !== dollar && !isWord(code);
}

function isLineEnding(code: Code): boolean {
  return code !== null && code < -2;
}

function isSpace(code: Code): boolean {
  return code === null || code < 0 || code === 32;
}

function isWord(code: Code): boolean {
  return code !== null && code > 0 && /[0-9A-Za-z]/.test(String.fromCharCode(code));
}
