import type { Field } from './field.js';
import { filtered, indexed, isNullable, migrationClass, type ModulePlan, names } from './module-plan.js';

export function migrationTemplate(plan: ModulePlan): string {
  const { singular, plural, fields } = plan;
  const formed = fields.filter(({ form }) => form);
  const functions = formed.map(({ form = '' }) => form.replace(/\(.*/s, ''));
  const searched = fields.filter(({ kind }) => kind === 'text' || kind === 'longtext');
  const entries = filtered(plan)
    .filter(({ sql }) => sql === 'text[]')
    .map(({ member, columnName }) => `${member}: '${columnName}'`)
    .join(', ');
  return `import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ${names('columnForms', ...functions)} } from '../../platform/index.js';
import { createRecordTable, dropRecordTable, type RecordTableDefinition } from '../../platform/index.js';

/** What the columns may hold, whoever writes them. The DTOs hold requests to the same. */
export const ${singular}Forms = columnForms('${plural}', {
${formed.map(({ member, form }) => `  ${member}: ${form},`).join('\n')}
});

const ${plural}: RecordTableDefinition = {
  ...${singular}Forms,
  resource: '${plural}',
  revision: 1,
  columns: [
${fields.map(columnOf).join('\n')}
  ],
  searched: { texts: [${searched.map(searchedOf).join(', ') || `{ column: 'id', weight: 'A' }`}], entries: {${entries}} },
  indexes: [
${indexed(plan)
  .map((field) => `    '${indexOf(plural, field)}',`)
  .join('\n')}
  ],
};

export class ${migrationClass(plan)} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await createRecordTable(queryRunner, ${plural});
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropRecordTable(queryRunner, ${plural});
  }
}
`;
}

function columnOf(field: Field): string {
  const { member, columnName, sql, collation, fallback } = field;
  const options = [
    ...(collation ? [collation] : []),
    ...(isNullable(field) ? [] : ['NOT NULL']),
    ...(fallback ? [`DEFAULT ${fallback.sql}`] : []),
  ].join(' ');
  const quote = options.includes("'") ? '`' : "'";
  const rest = options === '' ? '' : `, options: ${quote}${options}${quote}`;
  return `    { member: '${member}', column: '${columnName}', type: '${sql}'${rest} },`;
}

const searchedOf = ({ columnName, kind }: Field): string =>
  `{ column: '${columnName}', weight: '${kind === 'text' ? 'A' : 'C'}' }`;

const indexOf = (table: string, { columnName }: Field): string =>
  `CREATE INDEX ${table}_${columnName} ON ${table} (agency, ${columnName}, id)`;
