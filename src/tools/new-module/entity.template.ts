import type { Field } from './field.js';
import { article, indexed, isNullable, type ModulePlan, names } from './module-plan.js';

export function entityTemplate(plan: ModulePlan): string {
  const { singular, plural, Class, fields } = plan;
  const indexes = indexed(plan).map((field) => indexOf(plural, field));
  const hasMoney = fields.some(({ kind }) => kind === 'money');
  return `import { ${names('Column', ...(indexes.length > 0 ? ['Index'] : []))} } from 'typeorm';
import { ${hasMoney ? 'type MoneyDto, ' : ''}RecordTable, VersionedRecord } from '../platform/index.js';

/** ${capital(article(singular))} of an agency. */
@RecordTable('${plural}')
${indexes.join('\n')}
export class ${Class} extends VersionedRecord {
${fields.map(columnOf).join('\n\n')}
}
`;
}

const indexOf = (table: string, { member, columnName }: Field): string =>
  `@Index('${table}_${columnName}', ['agency', '${member}', 'id'])`;

function columnOf(field: Field): string {
  const { member, columnName, column, fallback, kind } = field;
  const options = [
    ...(columnName === member ? [] : [`name: '${columnName}'`]),
    column,
    ...(isNullable(field) ? ['nullable: true'] : []),
    ...(fallback ? [`default: ${fallback.code}`] : []),
  ];
  const type = kind === 'instant' ? 'Date' : field.type;
  return `  @Column({ ${options.join(', ')} })
  ${member}: ${type}${isNullable(field) ? ' | null' : ''};`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
