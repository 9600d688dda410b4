/** `type/subtype` or a wildcard, then parameters (RFC 9110, section 12.5.1). */
const range = /^[ \t]*(?:(\*)\/\*|([\w!#$&^.+-]+)\/(\*|[\w!#$&^.+-]+))[ \t]*((?:;[^;]*)*)$/;
/** The weight among the parameters of a range (RFC 9110, section 12.4.2). */
const weight = /;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)[ \t]*(?:;|$)/i;

/**
 * Whether an `Accept` header takes one of these media types. The most specific range that fits a type decides
 * on it, and a weight of 0 refuses it. Other parameters are not compared: `application/json;charset=utf-8`
 * takes `application/json`. Elements that are no media ranges are passed over; a header without any takes
 * everything.
 *
 * @param types in lower case, without parameters
 */
export function acceptsOneOf(header: string, types: readonly string[]): boolean {
  const weights = new Map<string, number>();
  for (const element of header.split(',')) {
    const [, any, type = '', subtype = '', parameters = ''] = range.exec(element) ?? [];
    const name = any ? '*/*' : `${type}/${subtype}`.toLowerCase();
    if (name !== '/') weights.set(name, Number(weight.exec(parameters)?.[1] ?? 1));
  }
  if (weights.size === 0) return true;
  return types.some(
    (type) => (weights.get(type) ?? weights.get(type.replace(/\/.*/, '/*')) ?? weights.get('*/*') ?? 0) > 0,
  );
}

/** The media type of a `Content-Type` header: in lower case, without parameters. */
export function mediaTypeOf(header: string): string {
  const end = header.indexOf(';');
  return (end < 0 ? header : header.slice(0, end)).trim().toLowerCase();
}
