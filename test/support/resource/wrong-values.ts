import type { Schema } from '../contract/api-document.js';

/** A value that a member must not have. */
export interface WrongValue {
  readonly value: unknown;
  /** Whether the column could hold it, were there no constraint: a number is a text there. */
  readonly inSql: boolean;
}

const both = (value: unknown): WrongValue => ({ value, inSql: true });
const overHttp = (value: unknown): WrongValue => ({ value, inSql: false });

/** Values that a schema does not take: of another type, beyond its bounds, out of its choices. */
export function wrongValues(schema: Schema): WrongValue[] {
  const { type, enum: choices, minimum, maximum, minLength, maxLength, format, maxItems } = schema;
  const kind = [type].flat().find((one) => one !== 'null');
  if (choices) return [overHttp(7), both('no such choice')];
  if (kind === 'integer' || kind === 'number')
    return [
      overHttp('7'),
      ...(kind === 'integer' ? [both(1.5)] : []),
      ...(typeof minimum === 'number' ? [both(minimum - 1)] : []),
      ...(typeof maximum === 'number' ? [both(maximum + 1)] : []),
    ];
  if (kind === 'string')
    return [
      overHttp(7),
      overHttp(true),
      ...(Number(minLength ?? 0) > 0 ? [both('')] : []),
      ...(typeof maxLength === 'number' ? [both('x'.repeat(maxLength + 1))] : []),
      ...(format === 'date' || format === 'date-time' ? [both('2025-02-30')] : []),
    ];
  if (kind === 'boolean') return [overHttp('true'), both('perhaps')];
  if (kind === 'array')
    return [
      both('x'),
      overHttp([7]),
      ...(typeof maxItems === 'number' ? [both(Array(maxItems + 1).fill('x'))] : []),
    ];
  return [both('x'), both(7), both([])];
}
