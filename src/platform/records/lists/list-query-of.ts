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
    fields: fieldsField(document, rules),
    q: TextField({
      description:
        `Only records with these words in ${rules.searched}, the best first unless there is a sort. ` +
        '"…" for a phrase, or, and - before a word that they must not have.',
      min: 1,
      max: 200,
      example: 'heating -oil',
      optional: true,
    }),
    ...Object.fromEntries(filterParameters(rules).map(({ name, field }) => [name, field])),
  };
  for (const [name, decorate] of Object.entries(parameters)) decorate(ResourceListQueryDto.prototype, name);
  return ResourceListQueryDto;
}

function sortField({ sorts }: ListRules): PropertyDecorator {
  const choices = ['id', ...sorts].flatMap((member) => [member, `-${member}`]);
  return CommaListField(choiceRule(choices), {
    description: 'What to sort by, - before it for downwards; records that are equal in it are by id.',
    max: mostSorts,
    example: [`-${sorts[0] ?? 'id'}`],
    optional: true,
  });
}

function fieldsField(document: Type<object>, { large }: ListRules): PropertyDecorator {
  const members = documentedMembers(document.prototype as object).map(([name]) => name);
  const without = large.length > 0 ? ` without ${large.join(' and ')}` : '';
  return CommaListField(choiceRule(members), {
    description: `The members that the entries shall have, beside the id. Without it they have all${without}.`,
    max: members.length,
    example: members.slice(0, 1),
    optional: true,
  });
}
