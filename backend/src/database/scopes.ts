// Organization, workspace and project: the ids under which a stream or a conversation was written.

/** Kinds of ids that narrow what a token may see. */
export const scopeKinds = ['organization', 'workspace', 'project'] as const;

/** One kind of id. */
export type ScopeKind = (typeof scopeKinds)[number];

/** Ids of one request, by their kind. */
export type Scopes = Readonly<Partial<Record<ScopeKind, string>>>;
