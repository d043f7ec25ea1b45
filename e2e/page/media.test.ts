// Preferences of the reader's system: forced colours, more contrast, printing, and a language with longer words.
import { providerScripts } from '@sillage/testing';
import type { Locator, Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { type PageFixture, pageFixture, parts, send, waitForStatus } from './fixture/support.ts';

const fixture = pageFixture();

const markdown = `- [x] done\n- [ ] open\n\n\`\`\`ts\nconst long = '${'word '.repeat(60)}';\n\`\`\`\n\n${[
  `|${' wide column |'.repeat(12)}`,
  `|${'---|'.repeat(12)}`,
  `|${' some words |'.repeat(12)}`,
].join('\n')}\n\n> Quoted.`;

async function openReply(options: Parameters<PageFixture['open']>[0]): Promise<Page> {
  fixture.provider.respond(providerScripts.reply([markdown]));
  const page = await fixture.open(options);
  await send(page);
  await waitForStatus(page, 'done');
  await page.locator('.markdown table').waitFor();
  return page;
}

/** A computed style of an element or pseudo-element. */
function styleOf(locator: Locator, property: string, pseudo?: string): Promise<string> {
  return locator
    .first()
    .evaluate((element, [name = '', part]) => getComputedStyle(element, part).getPropertyValue(name), [
      property,
      pseudo,
    ] as const);
}

test('forced colours still show what is selected, pressed, switched on, done and under way', async () => {
  const page = await openReply({ forcedColors: 'active' });
  const system = (name: string) =>
    page.evaluate((colour) => {
      const probe = document.createElement('i');
      probe.style.color = colour;
      document.body.append(probe);
      const { color } = getComputedStyle(probe);
      probe.remove();
      return color;
    }, name);
  const highlight = await system('Highlight');

  expect(await styleOf(page.locator('.row[data-current]'), 'outline-color')).toBe(highlight);
  expect(await styleOf(page.locator('.row[data-current]'), 'outline-style')).toBe('solid');
  expect(await styleOf(page.locator('.task[data-done="true"]'), 'background-color')).toBe(highlight);
  expect(await styleOf(page.locator('.task[data-done="false"]'), 'background-color')).not.toBe(highlight);
  expect(await styleOf(page.locator('.round'), 'border-top-width')).toBe('1px');
  await page.getByRole('button', { name: 'Wrap long lines' }).click();
  expect(await styleOf(page.locator('.code [aria-pressed="true"]'), 'outline-style')).toBe('solid');

  await page.getByRole('button', { name: 'Settings', exact: true }).click();
  const keys = page.getByRole('switch').first();
  await keys.check();
  const on = await styleOf(keys, 'background-color');
  await keys.uncheck();
  expect(on).toBe(highlight);
  expect(await styleOf(keys, 'background-color')).not.toBe(highlight);
  expect(await styleOf(keys, 'background-color', '::after')).toBe(await system('ButtonText'));
  await page.keyboard.press('Escape');

  fixture.provider.respond(providerScripts.stallAfter(['Begun.']));
  await send(page, '二');
  await waitForStatus(page, 'live');
  await page.locator('.row .dot').waitFor();
  expect(await styleOf(page.locator('.row .dot'), 'background-color', '::before')).toBe(highlight);
});

test('with more contrast, subdued text is as strong as any other, and lines are as strong as borders', async () => {
  const plain = await openReply({});
  const more = await openReply({ contrast: 'more' });
  const colours = async (page: Page) => ({
    quiet: await styleOf(page.locator('.markdown blockquote'), 'color'),
    text: await styleOf(page.locator('.markdown li'), 'color'),
    line: await styleOf(page.locator('.code'), 'border-top-color'),
    strong: await styleOf(page.locator('.task[data-done="false"]'), 'border-top-color'),
  });

  const [before, after] = [await colours(plain), await colours(more)];

  expect(before.quiet).not.toBe(before.text);
  expect(before.line).not.toBe(before.strong);
  expect(after.quiet).toBe(after.text);
  expect(after.line).toBe(after.strong);
});

test('on paper, code wraps, tables are not cut, and no control is printed', async () => {
  const page = await openReply({ colorScheme: 'dark', viewport: { width: 600, height: 800 } });

  await page.emulateMedia({ media: 'print' });

  expect(await page.locator('.code pre').evaluate((pre) => pre.scrollWidth <= pre.clientWidth)).toBe(true);
  expect(await styleOf(page.locator('.table-frame'), 'mask-image')).toBe('none');
  expect(await styleOf(page.locator('.table-frame'), 'overflow-x')).toBe('visible');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(600);
  for (const part of ['.sidebar', '.dock', '.topbar', '.actions', '.code-actions', '.prompt-footer'])
    expect(await page.locator(part).evaluateAll((all) => all.some((one) => one.checkVisibility())), part).toBe(false);
  expect(await styleOf(page.locator(':root'), 'color-scheme')).toBe('light');
});

test('in French, each switch of the settings stands beside its label on a narrow screen', async () => {
  const page = await fixture.open({ locale: 'fr-FR', viewport: { width: 360, height: 800 } });
  await page.getByRole('button', { name: 'Afficher les conversations' }).click();
  await page.getByRole('button', { name: 'Réglages', exact: true }).click();

  const places = await page.locator('.setting:has([role=switch])').evaluateAll((all) =>
    all
      .filter((one) => one.checkVisibility())
      .map((one) => {
        const [label, input] = [one.querySelector('label'), one.querySelector('input')].map((part) =>
          part?.getBoundingClientRect(),
        );
        return (input?.left ?? 0) >= (label?.right ?? 0) && (input?.top ?? 0) < (label?.bottom ?? 0);
      }),
  );

  expect(places.length).toBeGreaterThan(0);
  expect(places).not.toContain(false);
});

test('the colour of the browser around the page is that of the page', async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await fixture.open({ colorScheme });
    await parts.field(page).waitFor();

    const [declared, shown] = await page.evaluate(() => {
      const metas = [...document.querySelectorAll<HTMLMetaElement>('meta[name=theme-color]')];
      const pixel = new OffscreenCanvas(1, 1).getContext('2d');
      const read = (css: string) => {
        if (pixel === null) return [];
        pixel.fillStyle = css;
        pixel.fillRect(0, 0, 1, 1);
        return [...pixel.getImageData(0, 0, 1, 1).data];
      };
      const meta = metas.find(({ media }) => matchMedia(media).matches);
      return [read(meta?.content ?? ''), read(getComputedStyle(document.documentElement).backgroundColor)];
    });

    const distances = declared?.map((value, index) => Math.abs(value - (shown?.[index] ?? 0))) ?? [];
    expect(distances).toHaveLength(4);
    expect(Math.max(...distances)).toBeLessThan(4);
  }
});
