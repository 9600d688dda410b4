import { StartupError } from '../../platform/config/startup.error.js';
import { readOnlyMembers } from '../../platform/records/record-columns.js';
import { sqlKeywords } from './sql-keywords.js';
import { type FieldType, fieldTypes } from './field-types.js';

/** A member of the records of a new module. */
export interface Field extends FieldType {
  /** Name of the member, such as `awardedAt`. */
  readonly member: string;
  /** Name of its column, such as `awarded_at`. */
  readonly columnName: string;
  readonly kind: string;
  /** What stands in parentheses after the type: the choices, or the resource that is referred to. */
  readonly values: readonly string[];
  readonly optional: boolean;
}

const form = /^([A-Za-z]\w*):([a-z]+)(?:\(([^()]*)\))?(\??)$/;
/** Members that the platform gives every record, and parameters that every list has. */
const reserved = new Set<string>([
  ...readOnlyMembers,
  'deletedAt',
  'search',
  'constructor',
  'asOf',
  'cursor',
  'fields',
  'includeDeleted',
  'q',
  'sort',
  'total',
  'validateOnly',
]);
const usage =
  'Write fields as name:type, with ? after those that may be absent: "title:text deadline:date?".';

/**
 * Reads the fields of a new module.
 *
 * @param text such as `title:text stage:choice(open|closed) policy:id(policies)?`
 * @param resources the names of those that fields may refer to
 * @throws {StartupError} naming the field and the remedy
 */
export function readFields(text: string, resources: readonly string[]): Field[] {
  const fields = text
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => readField(part, resources));
  if (!fields.some(({ kind }) => kind !== 'id' && kind !== 'ids'))
    throw new StartupError(`A record needs a member of its own. ${usage}`);
  const twice = fields.find(({ member }, index) => fields.findIndex((one) => one.member === member) < index);
  if (twice) throw new StartupError(`${twice.member} is there twice; leave one out.`);
  return fields;
}

function readField(part: string, resources: readonly string[]): Field {
  const [, member = '', kind = '', given, mark] = form.exec(part) ?? [];
  if (member === '') throw new StartupError(`"${part}" is no field. ${usage}`);
  if (!/^[a-z][A-Za-z0-9]{0,39}$/.test(member))
    throw new StartupError(
      `${member} cannot be the name of a member: take 1 to 40 letters and digits, a lower-case letter first.`,
    );
  if (reserved.has(member) || sqlKeywords.has(member))
    throw new StartupError(`${member} has a meaning of its own in the API or in SQL; take another name.`);
  const make = Object.hasOwn(fieldTypes, kind) ? fieldTypes[kind] : undefined;
  if (!make)
    throw new StartupError(
      `${member} has the type ${kind}, which is none; take one of ${Object.keys(fieldTypes).join(', ')}.`,
    );
  const values = readValues(member, kind, given, resources);
  const columnName = member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (kind === 'id' && mark === '')
    throw new StartupError(
      `${member} refers to another record, which may be there later than this one: make it optional, ${part}?.`,
    );
  return { ...make(values), member, columnName, kind, values, optional: mark === '?' };
}

function readValues(
  member: string,
  kind: string,
  given: string | undefined,
  resources: readonly string[],
): string[] {
  const values = given?.split('|') ?? [];
  if (kind === 'choice') {
    if (values.length >= 2 && new Set(values).size === values.length && values.every(isChoice)) return values;
    throw new StartupError(
      `${member} needs two or more different choices of letters, digits and _: ${member}:choice(open|closed).`,
    );
  }
  if (kind === 'id' || kind === 'ids') {
    if (values.length === 1 && resources.includes(values[0] ?? '')) return values;
    throw new StartupError(
      `${member} must say which records it refers to, out of ${resources.join(', ')}: ${member}:${kind}(${resources[0]}).`,
    );
  }
  if (given !== undefined)
    throw new StartupError(`${member}: the type ${kind} takes nothing in parentheses; leave them out.`);
  return values;
}

const isChoice = (value: string): boolean => /^[a-z][a-z0-9_]{0,39}$/.test(value);
