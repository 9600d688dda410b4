/** Members of driver errors that identify a fault without quoting data or SQL. */
const tellingMembers = ['code', 'severity', 'schema', 'table', 'column', 'constraint', 'routine'] as const;
const maxCauses = 4;

/**
 * What the log says of an error: its type, message, stack and causes, and the members by which database
 * and network errors are told apart. Everything else stays out: an AxiosError carries headers and body, a
 * driver's error carries SQL, parameters and values.
 */
export function describeError(error: unknown, causes = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error).slice(0, 1000) };
  const members = error as Error & Partial<Record<(typeof tellingMembers)[number], unknown>>;
  const described: Record<string, unknown> = { type: error.name, message: error.message.slice(0, 1000) };
  for (const name of tellingMembers) if (typeof members[name] === 'string') described[name] = members[name];
  described['stack'] = error.stack?.slice(0, 4000);
  if (error.cause !== undefined && causes < maxCauses)
    described['cause'] = describeError(error.cause, causes + 1);
  return described;
}
