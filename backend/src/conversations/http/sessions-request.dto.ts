// The queries and bodies of the routes of conversations, validated once (docs/protocol.md §2).
import { limits, type SessionChange } from '@sillage/protocol';
import { z } from 'zod';
import { badFields } from '../../http/errors.ts';
import { parseFields } from '../../http/parse-fields.ts';
import { type SettingLimits, settingIssues } from '../session-settings.ts';

const title = z
  .string()
  .transform((text) => text.toWellFormed().replaceAll('\0', '\uFFFD').trim())
  .refine((text) => text.length >= 1, 'must not be empty')
  .refine((text) => text.length <= 200, 'must have at most 200 characters');
const leafId = z.string().min(1, 'must not be empty').max(limits.idLength, 'names no message of this conversation');

const systemPrompt = z
  .string()
  .max(limits.systemPromptLength, `must have at most ${limits.systemPromptLength} characters`)
  .transform((text) => (text.trim() === '' ? null : text.toWellFormed().replaceAll('\0', '\uFFFD')));
const settings = z
  .object({
    model: z.string().nullish(),
    temperature: z.number().min(0, 'must be at least 0').nullish(),
    systemPrompt: systemPrompt.nullish(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), 'must name a setting');
const change = z
  .object({
    title: title.optional(),
    leafId: leafId.optional(),
    pinned: z.boolean().optional(),
    settings: settings.optional(),
  })
  .refine((given) => Object.values(given).some((value) => value !== undefined), {
    path: ['title'],
    message: 'or leafId, pinned or settings must be given',
  });

const limit = (max: number, defaultLimit: number) =>
  z
    .string(`must be a whole number from 1 to ${max}`)
    .regex(/^\d{1,4}$/, `must be a whole number from 1 to ${max}`)
    .transform(Number)
    .refine((value) => value >= 1 && value <= max, `must be a whole number from 1 to ${max}`)
    .default(defaultLimit);
const before = z
  .string('must be the next of an earlier page')
  .max(1_000, 'must be the next of an earlier page')
  .optional();

const list = z.object({
  before,
  limit: limit(100, 30),
  search: z.string('must be given once').max(500, 'must have at most 500 characters').optional(),
});
const page = z.object({ before, limit: limit(200, 200) });
const exported = z.object({
  format: z.enum(['markdown', 'json'], { error: "must be 'markdown' or 'json'" }).default('markdown'),
});

/** The schemas of the queries and bodies. */
export const sessionSchemas = { list, page, exported, change };

/** Parsers of the queries and bodies.
 *  @throws {StreamError} `bad-request` with every invalid field. */
export const sessionsRequest = {
  list: (query: unknown) => parseFields(list, query),
  page: (query: unknown) => parseFields(page, query),
  exported: (query: unknown) => parseFields(exported, query),
  change(body: unknown, allowed: SettingLimits): SessionChange {
    const changed = parseFields(change, body) as SessionChange; // zod adds `| undefined` to an optional key
    const issues = settingIssues(changed.settings ?? {}, allowed);
    if (issues.length > 0) throw badFields(issues.map((issue) => ({ ...issue, path: ['settings', ...issue.path] })));
    return changed;
  },
};
