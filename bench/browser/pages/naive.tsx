// The naive hook: a state change for every chunk.
import { useEffect, useState } from 'react';
import { mount } from './mount.ts';
import { readPlainly, rendered, startsWith } from './page.ts';

mount(function Reply() {
  const [text, setText] = useState('');
  rendered();
  useEffect(() => startsWith((message) => void readPlainly(message, (piece) => setText((so) => so + piece))), []);
  return <pre id="text">{text}</pre>;
});
