// Computes the contrast of every visible text and icon of a page. axe leaves most of them undecided, because of colours in
// oklch and of gradients in pseudo-elements.
import type { Page } from 'playwright-core';

/** Lists the texts and icons whose contrast is too low: below 7 for replies and messages, 4.5 for other texts, 3 for
 *  icons. Also returns how many were computed. */
export function lowContrasts(page: Page): Promise<{ readonly count: number; readonly low: readonly string[] }> {
  return page.evaluate(() => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number];
    const pixel = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
    const known = new Map<string, Colour>();
    const parse = (css: string): Colour => {
      const earlier = known.get(css);
      if (earlier !== undefined || pixel === null) return earlier ?? [0, 0, 0, 1];
      pixel.clearRect(0, 0, 1, 1);
      pixel.fillStyle = css;
      pixel.fillRect(0, 0, 1, 1);
      const [red = 0, green = 0, blue = 0, alpha = 0] = pixel.getImageData(0, 0, 1, 1).data;
      const colour = [red, green, blue, alpha / 255] as const;
      known.set(css, colour);
      return colour;
    };
    const over = ([r, g, b, a]: Colour, [r2, g2, b2]: Colour): Colour => {
      const mix = (one: number, other: number) => one * a + other * (1 - a);
      return [mix(r, r2), mix(g, g2), mix(b, b2), 1];
    };
    const ancestorsOf = (element: Element) => {
      const all = [];
      for (let one: Element | null = element; one !== null; one = one.parentElement) all.push(one);
      return all;
    };
    const backgroundOf = (element: Element) =>
      ancestorsOf(element)
        .map((one) => parse(getComputedStyle(one).backgroundColor))
        .reverse()
        .reduce((below, above) => over(above, below), [255, 255, 255, 1] as Colour);
    const luminance = ([red, green, blue]: Colour) => {
      const linear = (value: number) =>
        value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
    };
    const ratioOf = (element: Element, css: string) => {
      const background = backgroundOf(element);
      const opacity = ancestorsOf(element).reduce((all, one) => all * Number(getComputedStyle(one).opacity), 1);
      const [red, green, blue, alpha] = parse(css);
      const lights = [luminance(over([red, green, blue, alpha * opacity], background)), luminance(background)];
      return (Math.max(...lights) + 0.05) / (Math.min(...lights) + 0.05);
    };

    const low: string[] = [];
    let count = 0;
    const judge = (element: Element, { css, least, what }: { css: string; least: number; what: string }) => {
      const isShown = element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
      const isDisabled = element.closest('[aria-disabled="true"], :disabled, .visually-hidden') !== null;
      if (!isShown || isDisabled) return;
      count++;
      const ratio = ratioOf(element, css);
      if (ratio < least) low.push(`${ratio.toFixed(2)} < ${least}: ${what} in .${element.className}`);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const element = texts.currentNode.parentElement;
      const text = texts.currentNode.textContent?.trim() ?? '';
      if (element === null || text === '' || ['SCRIPT', 'STYLE', 'NOSCRIPT', 'OPTION'].includes(element.tagName))
        continue;
      const isRead = element.closest('.reply-text :is(p, li, td, h2), .prompt-text') !== null;
      const isQuiet = element.closest('.link-place, .code') !== null;
      const least = isRead && !isQuiet ? 7 : 4.5;
      judge(element, { css: getComputedStyle(element).color, least, what: text.slice(0, 40) });
    }
    for (const icon of document.querySelectorAll('svg.icon')) {
      judge(icon, { css: getComputedStyle(icon).color, least: 3, what: 'an icon' });
    }
    for (const field of document.querySelectorAll('[placeholder]')) {
      const { color } = getComputedStyle(field, '::placeholder');
      judge(field, { css: color, least: 4.5, what: 'the placeholder' });
    }
    return { count, low };
  });
}
