import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource, type EntityTarget } from 'typeorm';
import { resources } from '../app.module.js';
import { StartupError } from '../platform/config/startup.error.js';
import { toCaptured } from '../platform/records/capture/captured-revision.js';
import { captureMigration } from '../platform/records/capture/capture-migration.js';
import { recordColumns } from '../platform/records/record-columns.js';

/**
 * Writes the migration that puts the table of a resource under capture in the shape that its entity has
 * now: `npm run capture -- policies 2 src/policy/migrations`. The columns are frozen in it as literals.
 */
async function writeMigration([name, revisionText, folder]: string[]): Promise<string> {
  const revision = Number(revisionText);
  const resource = resources.find((candidate) => candidate.name === name);
  const names = resources.map((known) => known.name).join('|');
  if (!resource || !Number.isInteger(revision) || revision < 1 || !folder)
    throw new StartupError(
      `Say which resource, which revision of its document, and where: npm run capture -- ${names} 2 src/policy/migrations`,
    );
  const dataSource = new DataSource({ type: 'postgres', entities: [resource.entity] });
  // Only the metadata is needed: no connection is made.
  await dataSource['buildMetadatas']();
  const metadata = dataSource.getMetadata(resource.entity as EntityTarget<object>);
  const { file, text } = captureMigration(
    {
      resource: resource.name,
      table: metadata.tableName,
      revision,
      columns: recordColumns(dataSource, metadata).map(toCaptured),
    },
    new Date(),
  );
  const path = join(folder, file);
  await writeFile(path, text, { flag: 'wx' });
  return path;
}

try {
  const path = await writeMigration(process.argv.slice(2));
  console.log(`Wrote ${path}. Add it to the module's migrations/index.ts.`);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}
