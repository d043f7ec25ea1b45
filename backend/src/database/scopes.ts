// Organization, workspace and project: the ids that streams and conversations are stored with.

/** Kinds of ids that a token may be restricted to. */
export const scopeKinds = ['organization', 'workspace', 'project'] as const;

/** A kind of id. */
export type ScopeKind = (typeof scopeKinds)[number];

/** Ids of a request, by kind. */
export type Scopes = Readonly<Partial<Record<ScopeKind, string>>>;
