// Replies that continue one another, joined for the reader. In the store each is a message of its own.
import type { ConversationMessage } from '@sillage/client';

/** One message to render: a message, or a reply with all its continuations. */
export interface ShownMessage {
  /** With the id and the versions of the first part, the whole text, and the end of the last part. */
  readonly message: ConversationMessage;
  /** The ids of the parts, in order. */
  readonly ids: readonly string[];
}

/** Creates a function that joins the messages of a branch. While nothing of a message changes, it keeps its identity. */
export function createJoiner(): (messages: readonly ConversationMessage[]) => readonly ShownMessage[] {
  let before = new Map<string, { readonly parts: readonly ConversationMessage[]; readonly shown: ShownMessage }>();
  return (messages) => {
    const joined = partsOf(messages).map((parts) => {
      const former = before.get(parts[0]?.id ?? '');
      const isSame = former?.parts.length === parts.length && parts.every((part, at) => part === former.parts[at]);
      return { parts, shown: isSame ? former.shown : join(parts) };
    });
    before = new Map(joined.map((one) => [one.shown.message.id, one]));
    return joined.map(({ shown }) => shown);
  };
}

function partsOf(messages: readonly ConversationMessage[]): readonly (readonly ConversationMessage[])[] {
  const groups: ConversationMessage[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.role === 'assistant' && last?.at(-1)?.role === 'assistant') last.push(message);
    else groups.push([message]);
  }
  return groups;
}

function join(parts: readonly ConversationMessage[]): ShownMessage {
  const [first] = parts;
  const last = parts.at(-1);
  const ids = parts.map(({ id }) => id);
  if (first === undefined || last === undefined) throw new Error('A message has at least one part.');
  if (first === last) return { message: first, ids };
  const { id, siblings, createdAt, parentId } = first;
  const reasoned = parts.find(({ reasoning }) => reasoning !== undefined);
  const usage = usageOf(parts);
  const message: ConversationMessage = {
    ...last,
    id,
    siblings,
    createdAt,
    ...(parentId !== undefined && { parentId }),
    ...(reasoned?.reasoning !== undefined && { reasoning: reasoned.reasoning }),
    ...(reasoned?.reasoningMs !== undefined && { reasoningMs: reasoned.reasoningMs }),
    content: parts.map(({ content }) => content).join(''),
    ...(usage && { usage }),
  };
  return { message, ids };
}

type Count = Exclude<keyof NonNullable<ConversationMessage['usage']>, 'estimated'>;

/** Adds the tokens of all parts; `undefined` if those of one are unknown. */
function usageOf(parts: readonly ConversationMessage[]): ConversationMessage['usage'] {
  const usages = parts.map(({ usage }) => usage).filter((usage) => usage !== undefined);
  if (usages.length < parts.length) return undefined;
  const sum = (count: Count) => usages.reduce((all, usage) => all + (usage[count] ?? 0), 0);
  const details = (['cachedTokens', 'reasoningTokens', 'cost'] as const).filter((count) =>
    usages.some((usage) => usage[count] !== undefined),
  );
  return {
    promptTokens: sum('promptTokens'),
    completionTokens: sum('completionTokens'),
    ...Object.fromEntries(details.map((count) => [count, sum(count)])),
    ...(usages.some(({ estimated }) => estimated) && { estimated: true as const }),
  };
}
