// Default context windows by model name. https://platform.openai.com/docs/models

const usual = 128_000;

/** Context windows by name pattern, most specific first. */
const windows: readonly (readonly [RegExp, number])[] = [
  [/^demo$/, 8_192],
  [/^gpt-3\.5-turbo-instruct/, 4_096],
  [/^gpt-3\.5/, 16_385],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4(-0314|-0613)?$/, 8_192],
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-5/, 272_000],
  [/^o[134](-|$)/, 200_000],
  [/^o1-(mini|preview)/, 128_000],
];

/** Returns the context window of `model` in tokens, including its reply. */
export function contextWindowOf(model: string): number {
  return windows.find(([name]) => name.test(model))?.[1] ?? usual;
}
