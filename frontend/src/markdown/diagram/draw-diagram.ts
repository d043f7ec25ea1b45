// Draws diagrams in a sandboxed frame, which is created for one diagram and removed after it. The frame loads Mermaid and
// can reach neither the page nor the network; see frontend/diagram/draw.ts.
import type { DiagramRequest, DiagramResult, Drawing } from './messages.ts';

const timeoutMs = 15_000;

/** Limits of a source: in some browsers the frame shares its thread with the page, which waits while it draws. */
const longestSource = 5_000;
const mostStatements = 120;

/** Draws diagrams one at a time, because a frame takes memory and time. */
class DiagramDrawer {
  #last: Promise<unknown> = Promise.resolve();

  /** Draws a diagram after those that were requested before.
   *  @throws {Error} if the source is not a diagram, is too large, or is not drawn in time; or the signal's reason. */
  draw(request: DiagramRequest, signal: AbortSignal): Promise<Drawing> {
    const drawing = this.#last.then(() => drawInFrame(request, signal));
    this.#last = drawing.catch(() => undefined); // reported to the caller
    return drawing;
  }
}

/** Draws the diagrams of all replies. */
export const diagrams = new DiagramDrawer();

async function drawInFrame(request: DiagramRequest, signal: AbortSignal): Promise<Drawing> {
  signal.throwIfAborted();
  if (isTooLarge(request.source)) throw new Error('The diagram is too large.');
  const ended = new AbortController();
  const frame = createFrame();
  try {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The diagram was not drawn in time.')), timeoutMs);
      ended.signal.addEventListener('abort', () => clearTimeout(timer));
      signal.addEventListener('abort', () => reject(signal.reason), { signal: ended.signal });
      const receive = ({ source, data }: MessageEvent<DiagramResult>) => {
        if (source !== frame.contentWindow) return;
        if (data === 'ready')
          frame.contentWindow?.postMessage(request, '*'); // an opaque origin cannot be named
        else if ('svg' in data) resolve(data);
        else reject(new Error(data.error));
      };
      addEventListener('message', receive, { signal: ended.signal });
      document.body.append(frame);
    });
  } finally {
    ended.abort();
    frame.remove();
  }
}

function isTooLarge(source: string): boolean {
  return source.length > longestSource || source.split(/[\n;]/).length > mostStatements;
}

function createFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.className = 'diagram-frame';
  frame.setAttribute('sandbox', 'allow-scripts');
  frame.setAttribute('aria-hidden', 'true');
  frame.tabIndex = -1;
  frame.src = '/diagram/';
  return frame;
}
