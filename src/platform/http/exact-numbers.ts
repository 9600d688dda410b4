/**
 * A number that may not survive JSON.parse: 16 characters or more, or with an exponent. It may match
 * inside a string, which costs the slower way and nothing else.
 */
const doubtfulNumber = /(?:^|[[:,\s])-?(?:[\d.]{16,}|[\d.]+[eE])/;

/** Is told of each number that JavaScript cannot hold; what it returns stands in the number's place. */
export type LostNumberReader = (this: object, key: string, source: string) => unknown;

type ParseWithSource = (
  text: string,
  reviver: (this: object, key: string, value: unknown, context: { readonly source?: string }) => unknown,
) => unknown;

/**
 * Parses JSON, except for the numbers that are not those of their nearest double.
 *
 * @throws {SyntaxError} where the text is not JSON
 */
export function parseNumbersExactly(text: string, lost: LostNumberReader): unknown {
  if (!doubtfulNumber.test(text)) return JSON.parse(text);
  return (JSON.parse as ParseWithSource)(text, function (key, value, { source }) {
    return typeof value === 'number' && source !== undefined && !isSameNumber(source, value)
      ? lost.call(this, key, source)
      : value;
  });
}

/** Of the language since ES2026, and of Node.js 22: what TypeScript's library does not know yet. */
const json = JSON as unknown as {
  rawJSON(source: string): object;
  isRawJSON(value: unknown): boolean;
};

/**
 * Parses JSON such that writing it again gives the same numbers: one that JavaScript cannot hold becomes an object
 * that JSON.stringify writes as it was.
 *
 * @throws {SyntaxError} where the text is not JSON
 */
export const parseKeepingNumbers = (text: string): unknown =>
  parseNumbersExactly(text, (_key, source) => json.rawJSON(source));

/** Whether a value stands for a number that JavaScript cannot hold. */
export const isRawNumber = (value: object): boolean => json.isRawJSON(value);

/** Whether the decimal number written in a JSON text is the one that JavaScript writes for its double. */
function isSameNumber(source: string, value: number): boolean {
  const written = String(value);
  return source === written || (Number.isFinite(value) && decimalForm(source) === decimalForm(written));
}

/** A decimal number without its notation: significant digits and the power of ten after them. */
function decimalForm(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
