import { pointer } from '../json-pointer.js';
import type { MemberProblem } from '../problems/problem.error.js';
import type { FieldOptions } from './field.js';
import { StructureField } from './object.field.js';
import { withoutNul } from './text.field.js';

const systemName = /^[a-z0-9][a-z0-9-]{0,49}$/;
const maxSystems = 20;
const maxExternalId = 200;
const memberName = /^[A-Za-z][A-Za-z0-9_-]{0,49}$/;
const maxMembers = 50;

/** The ids that a record has in other systems, by the name of the system. */
export function ExternalIdsField(options: FieldOptions): PropertyDecorator {
  const names = 'Must be the name of a system: 1 to 50 lower-case letters, digits and hyphens.';
  const isId = (value: unknown): boolean =>
    typeof value === 'string' && value.length > 0 && Array.from(value).length <= maxExternalId;
  return StructureField(
    'externalIds',
    (value) =>
      mapProblems(value, maxSystems, (name, id) => {
        if (!systemName.test(name)) return names;
        return isId(id) ? undefined : `Must be a text of 1 to ${maxExternalId} characters.`;
      }),
    {
      type: 'object',
      maxProperties: maxSystems,
      ...namesLike(systemName),
      additionalProperties: { type: 'string', minLength: 1, maxLength: maxExternalId, pattern: withoutNul },
    },
    options,
  );
}

/** Members of an agency's own making. What they hold is theirs; nothing of it is checked but the names. */
export function CustomFieldsField(options: FieldOptions): PropertyDecorator {
  const names = 'Must be a name of 1 to 50 letters, digits, _ and -, starting with a letter.';
  return StructureField(
    'customFields',
    (value) => mapProblems(value, maxMembers, (name) => (memberName.test(name) ? undefined : names)),
    {
      type: 'object',
      maxProperties: maxMembers,
      ...namesLike(memberName),
      additionalProperties: true,
    },
    options,
  );
}

/** JSON Schema's `propertyNames`, which the type of OpenAPI schemas does not know. */
export const namesLike = (pattern: RegExp): object => ({ propertyNames: { pattern: pattern.source } });

function mapProblems(
  value: unknown,
  max: number,
  problemOf: (name: string, value: unknown) => string | undefined,
): MemberProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ pointer: '', detail: 'Must be a JSON object.' }];
  const members = Object.entries(value);
  if (members.length > max) return [{ pointer: '', detail: `Must have at most ${max} members.` }];
  return members.flatMap(([name, member]: [string, unknown]) => {
    const detail = problemOf(name, member);
    return detail === undefined ? [] : [{ pointer: pointer('', name), detail }];
  });
}
