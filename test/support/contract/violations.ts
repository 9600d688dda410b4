let found: string[] = [];

/** Notes answers that are not as the OpenAPI document says. */
export function reportViolations(violations: readonly string[]): void {
  found.push(...violations);
}

/** What was reported since the last call. */
export function takeViolations(): readonly string[] {
  const taken = found;
  found = [];
  return taken;
}
