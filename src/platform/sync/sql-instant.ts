/** The SQL of an instant as RFC 3339 in UTC with microseconds, whatever the session's settings. */
export const sqlInstant = (expression: string): string =>
  `to_char(${expression} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
