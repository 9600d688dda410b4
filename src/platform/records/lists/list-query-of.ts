import type { Type } from '@nestjs/common';
import { choiceRule, CommaListField, documentedMembers, TextField } from '../../http/fields/index.js';
import { ListQueryDto } from './list-query.dto.js';
import { filterParameters, type ListRules } from './list-rules.js';

/** Most members to sort by. */
const mostSorts = 3;

/**
 * The class of the query parameters of a list: those of every list, and what the rules of the resource allow.
 *
 * @param document the class of the record's document
 */
export function listQueryOf(document: Type<object>, rules: ListRules): Type<ListQueryDto> {
  class ResourceListQueryDto extends ListQueryDto {}
  const parameters: Record<string, PropertyDecorator> = {
    sort: sortField(rules),
    fields: fieldsField(document, withoutLarge(rules)),
    q: TextField({
      description:
        `Only records with these words in ${rules.searched}, the best first unless there is a sort. ` +
        '"…" for a phrase, or, and - before a word that they must not have.',
      min: 1,
      max: 200,
      example: 'heating -oil',
      optional: true,
    }),
    ...filterFields(rules),
  };
  addFields(ResourceListQueryDto, parameters);
  return ResourceListQueryDto;
}

/** Adds members to a class of parameters. */
export function addFields(Class: Type, fields: Readonly<Record<string, PropertyDecorator>>): void {
  for (const [name, decorate] of Object.entries(fields)) decorate(Class.prototype as object, name);
}

/** The filters that the rules of a resource allow, by their names. */
export const filterFields = (rules: ListRules): Record<string, PropertyDecorator> =>
  Object.fromEntries(filterParameters(rules).map(({ name, field }) => [name, field]));

function sortField({ sorts }: ListRules): PropertyDecorator {
  const choices = ['id', ...sorts].flatMap((member) => [member, `-${member}`]);
  return CommaListField(choiceRule(choices), {
    description: 'What to sort by, - before it for downwards; records that are equal in it are by id.',
    max: mostSorts,
    example: [`-${sorts[0] ?? 'id'}`],
    optional: true,
  });
}

/** @param others says which members there are without the parameter */
export function fieldsField(document: Type<object>, others: string): PropertyDecorator {
  const members = documentedMembers(document.prototype as object).map(([name]) => name);
  return CommaListField(choiceRule(members), {
    description: `The members that the entries shall have, beside the id. Without it they have ${others}.`,
    max: members.length,
    example: members.slice(0, 1),
    optional: true,
  });
}

const withoutLarge = ({ large }: ListRules): string =>
  large.length > 0 ? `all without ${large.join(' and ')}` : 'all';
