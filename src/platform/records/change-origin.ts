/** What the context of a change, or of a security event, says of who is behind it. */
export interface ChangeOrigin {
  readonly kind: string | null;
  readonly client: string | null;
  readonly onBehalfOf: string | null;
  readonly requestId: string | null;
  readonly reason: string | null;
}

/** @param context as the log has it, read from its JSON */
export function changeOrigin(context: Readonly<Record<string, string | undefined>>): ChangeOrigin {
  return {
    kind: context['kind'] ?? null,
    client: context['client'] ?? null,
    onBehalfOf: context['onBehalfOf'] ?? null,
    requestId: context['requestId'] ?? null,
    reason: context['reason'] ?? null,
  };
}
