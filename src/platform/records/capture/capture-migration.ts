import type { CapturedTable } from './captured-table.js';

/**
 * The text of a migration that puts a table under capture.
 *
 * @param at the instant that its name carries
 */
export function captureMigration(table: CapturedTable, at: Date): { file: string; text: string } {
  const instant = at.getTime();
  const name = `Capture${pascalCase(table.table)}${instant}`;
  const columns = table.columns.map(
    ({ member, column, type }) => `    { member: '${member}', column: '${column}', type: '${type}' },`,
  );
  const text = `import type { MigrationInterface, QueryRunner } from 'typeorm';
import { captureTable } from '../../platform/records/capture/capture-table.js';

export class ${name} implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await captureTable(queryRunner, {
      resource: '${table.resource}',
      table: '${table.table}',
      revision: ${table.revision},
      columns: [
${columns.map((line) => `    ${line}`).join('\n')}
      ],
    });
  }

  async down(): Promise<void> {
    throw new Error('The document before this revision is captured again by the migration that made it.');
  }
}
`;
  return { file: `${instant}-capture-${table.table.replaceAll('_', '-')}.ts`, text };
}

function pascalCase(name: string): string {
  return name.replaceAll(/(^|_)([a-z])/g, (_match, _before, letter: string) => letter.toUpperCase());
}
