/** Who is calling, as a verified token says. */
export interface Caller {
  /** Who acts: the token's `sub`, or its `act.sub` where it has one. */
  readonly subject: string;
  /** The agency on whose records the caller acts. */
  readonly agency: string;
  /** The token's scopes. */
  readonly scopes: ReadonlySet<string>;
  /** What the subject is. */
  readonly kind: CallerKind;
  /** The client program (`azp` or `client_id`), where the token names one. */
  readonly client?: string;
  /** On whose behalf the subject acts (RFC 8693 §4.1), where the token says so. */
  readonly onBehalfOf?: string;
}

export const callerKinds = ['person', 'service', 'agent'] as const;
/** A person, a program on its own account, or a program that decides by itself. */
export type CallerKind = (typeof callerKinds)[number];
