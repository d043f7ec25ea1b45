// The limit: text nodes written by hand, once a frame, without React.
import { readPlainly, rendered, startsWith } from './page.ts';

const shown = document.createElement('pre');
shown.id = 'text';
document.getElementById('root')?.append(shown);

let waiting = '';
startsWith((message) => {
  void readPlainly(message, (text) => {
    if (waiting === '') requestAnimationFrame(flush);
    waiting += text;
  });
});

function flush(): void {
  rendered();
  shown.append(waiting);
  waiting = '';
}
