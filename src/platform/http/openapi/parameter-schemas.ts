/** The number of a row or a version in a path: a PostgreSQL integer. */
export const positiveInteger = { type: 'integer', format: 'int32', minimum: 1, maximum: 2_147_483_647 };

/** The name of a resource in a path. */
export const resourceName = { type: 'string', pattern: '^[a-z][a-z-]*$', maxLength: 63 };

/** Text without control characters (RFC 9110, section 5.5); all headers together have at most 16 KiB. */
export const headerText = {
  type: 'string' as const,
  pattern: '^[^\\u0000-\\u001F\\u007F]*$',
  maxLength: 16_384,
};

/** The header `Change-Reason`. Control characters as ranges: not every validator knows the classes of Unicode. */
export const changeReasonText = {
  type: 'string' as const,
  pattern: '^[^\\u0000-\\u001F\\u007F-\\u009F]*$',
  maxLength: 500,
};
