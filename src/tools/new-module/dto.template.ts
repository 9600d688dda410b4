import type { Field } from './field.js';
import { article, filtered, type ModulePlan, names, words } from './module-plan.js';

export function dtoTemplate(plan: ModulePlan): string {
  const { singular, plural, Class, Classes, fields } = plan;
  const filters = filtered(plan);
  const title = fields.find(({ kind, optional }) => kind === 'text' && !optional);
  const searched = fields.filter(({ kind }) => kind === 'text' || kind === 'longtext');
  const decorators = fields.flatMap(({ kind, decorator }) => [
    decorator,
    ...(kind === 'money' ? ['MoneyDto'] : []),
    ...(kind === 'ids' ? ['recordIdPattern'] : []),
  ]);
  const functions = filters.map(({ filter = '' }) => filter.replace(/\(.*/s, ''));
  return `import { ${names(...decorators)} } from '../platform/http/fields/index.js';
import { ChangesOf, documentOf, listQueryOf, NewRecordDto, pageOf } from '../platform/index.js';
import { ${names('instant', ...functions)}, type ListRules } from '../platform/index.js';

/** What a client sends to make ${article(singular)}. */
export class Create${Class}Dto extends NewRecordDto {
${fields.map((field) => memberOf(field, singular)).join('\n\n')}
}

/** What a client sends to change ${article(singular)}: any of its members. */
export class Update${Class}Dto extends ChangesOf(Create${Class}Dto) {}

/** ${capital(article(singular))} as it is answered and sent to other systems. */
export class ${Class}Dto extends documentOf(Create${Class}Dto) {}

export const ${Class}PageDto = pageOf(${Class}Dto, '${Class}');

/** What lists of ${plural} can be asked for. Each filter and sort has an index. */
export const ${singular}Lists: ListRules = {
  filters: { ${filters.map(({ member, filter }) => `${member}: ${filter}, `).join('')}createdAt: instant, updatedAt: instant },
  sorts: [${title ? `'${title.member}', ` : ''}'createdAt', 'updatedAt'],
  searched: '${searched.map(({ member }) => member).join(' and ') || 'id'}',
  large: [],
};

export class List${Classes}Dto extends listQueryOf(${Class}Dto, ${singular}Lists) {}
`;
}

function memberOf(field: Field, noun: string): string {
  const { member, decorator, options, fallback, optional, examples, kind, values, type } = field;
  const given = [
    `description: '${descriptionOf(field, noun)}'`,
    ...(options ? [options] : []),
    ...(kind === 'money' ? [] : [`example: ${literal(examples[0])}`]),
    ...(fallback ? [`default: ${fallback.code}`] : optional ? ['optional: true'] : []),
  ].join(', ');
  const first =
    kind === 'money' ? '() => MoneyDto, ' : kind === 'choice' ? `[${values.map(literal).join(', ')}], ` : '';
  return `  @${decorator}(${first}{ ${given} })
  ${member}${fallback || optional ? `?: ${type} | null` : `: ${type}`};`;
}

function descriptionOf({ member, kind, values }: Field, noun: string): string {
  if (kind === 'id') return `Id of one of the ${values[0]} of the agency. It must be there.`;
  if (kind === 'ids') return `Ids of ${values[0]} of the agency. They must be there.`;
  if (kind === 'boolean') return `Whether the ${noun} is ${words(member)}.`;
  return `The ${words(member)} of the ${noun}.`;
}

const literal = (value: unknown): string =>
  JSON.stringify(value)
    .replaceAll("'", String.raw`\'`)
    .replaceAll('"', "'");

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
