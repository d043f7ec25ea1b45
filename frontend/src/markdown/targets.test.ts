// Allowed link targets, and when the destination is shown.
import { expect, test } from 'vitest';
import { linkTarget, pictureTarget, placeToShow } from './targets.ts';

test.each([
  'javascript:alert(1)',
  ' java\nscript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\u0001javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:msgbox(1)',
  'file:///etc/passwd',
  'blob:https://a.example/1',
  '/api/ai-chat/sessions',
  '//evil.example',
  '#top',
  '',
])('%j is no target', (address) => {
  expect(linkTarget(address)).toBeUndefined();
  expect(pictureTarget(address)).toBeUndefined();
});

test('web and mail addresses are targets, pictures only over https', () => {
  expect(linkTarget('http://a.example')?.href).toBe('http://a.example/');
  expect(linkTarget('mailto:ada@a.example')?.href).toBe('mailto:ada@a.example');
  expect(pictureTarget('http://a.example/i.png')).toBeUndefined();
  expect(pictureTarget('https://a.example/i.png')?.host).toBe('a.example');
});

test.each([
  ['https://a.example/x', 'here', 'a.example'],
  ['https://a.example/x', 'https://a.example/x', ''],
  ['https://a.example/', 'a.example', ''],
  ['https://evil.example/', 'https://bank.example/', 'evil.example'],
  ['https://bank.example@evil.example/', 'https://bank.example', 'evil.example'],
  ['https://xn--bnk-ula.example/', 'bänk', 'xn--bnk-ula.example'],
  ['mailto:ada@a.example', 'write me', 'ada@a.example'],
  ['mailto:ada@a.example', 'ada@a.example', ''],
  ['mailto:%E0%A4@a.example', 'x', '%E0%A4@a.example'],
])('%s as “%s” shows “%s”', (address, words, place) => {
  expect(placeToShow(new URL(address), words)).toBe(place);
});
