// Draws one diagram of a reply. This document runs in a sandboxed frame: it has an opaque origin, and its Content
// Security Policy allows no request but for its own scripts. The page shows the SVG as an image, which runs no script.
import mermaid from 'mermaid';
import type { DiagramRequest, DiagramResult } from '../src/markdown/diagram/messages.ts';
import { colours } from './colours.ts';

addEventListener('message', async ({ source, data }: MessageEvent<DiagramRequest>) => {
  if (source === parent) report(await draw(data));
});
report('ready');

function report(result: DiagramResult): void {
  parent.postMessage(result, '*'); // an opaque origin cannot be named; the page checks the source
}

async function draw({ source, isDark }: DiagramRequest): Promise<DiagramResult> {
  const keys = ['htmlLabels', 'theme', 'themeVariables', 'themeCSS', 'fontFamily', 'suppressErrorRendering'];
  mermaid.initialize({
    maxEdges: 120, // one statement can have many
    securityLevel: 'strict',
    startOnLoad: false,
    htmlLabels: false,
    suppressErrorRendering: true,
    fontFamily: 'system-ui, sans-serif',
    theme: isDark ? 'dark' : 'base',
    themeVariables: colours[isDark ? 'dark' : 'light'],
    // A directive in the source of a diagram cannot change these.
    secure: ['secure', 'securityLevel', 'startOnLoad', 'maxTextSize', 'maxEdges', 'dompurifyConfig', ...keys],
  });
  try {
    const { svg } = await mermaid.render('diagram', source);
    document.body.innerHTML = svg;
    return pictureOf(document.querySelector('svg'));
  } catch (error) {
    return { error: String(error) };
  }
}

/** Returns an SVG as well-formed XML, with its natural size. */
function pictureOf(svg: SVGSVGElement | null): DiagramResult {
  if (svg === null) return { error: 'The diagram is empty.' };
  const { width, height } = svg.viewBox.baseVal;
  svg.removeAttribute('style');
  svg.setAttribute('width', String(width));
  svg.setAttribute('height', String(height));
  return { svg: new XMLSerializer().serializeToString(svg), width, height };
}
