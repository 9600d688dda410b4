import { documented, type FieldOptions, type FieldRule, field } from './field.js';

const daysInMonth = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a text is a day of the (proleptic) Gregorian calendar, `YYYY-MM-DD`, years 0001 to 9999. */
export function isCalendarDate(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const [year = 0, month = 0, day = 0] = value.split('-').map(Number);
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return year > 0 && day > 0 && day <= (daysInMonth[month - 1] ?? 0) + leap;
}

/** A calendar day without time or zone, as `YYYY-MM-DD` (RFC 3339 full-date). */
export function DateField(options: FieldOptions): PropertyDecorator {
  return field(dayRule, { example: '2025-12-31', ...options });
}

export const dayRule: FieldRule = {
  name: 'date',
  isValid: isCalendarDate,
  sentence: 'Must be a day of the calendar as YYYY-MM-DD, such as 2025-12-31.',
  schema: { type: 'string', format: 'date', minLength: 10, maxLength: 10 },
};

/** PostgreSQL takes offsets up to 15:59. */
const instantForm =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5]):[0-5]\d)$/;

/** Whether a text is an instant, whose year in UTC is 0001 to 9999. */
function isInstant(value: unknown): boolean {
  if (typeof value !== 'string' || !isCalendarDate(instantForm.exec(value)?.[1])) return false;
  const year = new Date(value).getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** An instant with its offset from UTC, to the microsecond (RFC 3339 date-time). */
export function InstantField(options: FieldOptions): PropertyDecorator {
  return field(instantRule, { example: '2025-06-30T12:34:56Z', ...options });
}

export const instantRule: FieldRule = {
  name: 'instant',
  isValid: isInstant,
  sentence: 'Must be an instant with its zone, such as 2025-06-30T12:34:56Z; write + as %2B in a URL.',
  schema: { type: 'string', format: 'date-time', maxLength: 35 },
};

/** An instant that the service sets, in UTC (RFC 3339). Only documented: clients never send it. */
export function TimestampField(options: FieldOptions): PropertyDecorator {
  return documented(
    { type: 'string', format: 'date-time', maxLength: 27 },
    { example: '2025-06-30T12:34:56.789012Z', ...options },
  );
}
