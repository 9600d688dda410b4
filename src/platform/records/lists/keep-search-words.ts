import type { QueryRunner } from 'typeorm';
import { identifier } from '../capture/document-expression.js';

/** What the records of a table are found by through one index of words. */
export interface Searched {
  /** The columns that a search looks in. */
  readonly texts: readonly SearchedText[];
  /** The columns, lists of texts, whose entries are found as a whole; by member. */
  readonly entries: Readonly<Record<string, string>>;
}

export interface SearchedText {
  readonly column: string;
  /** How much a word there counts: `A` most, `D` least. */
  readonly weight: 'A' | 'B' | 'C' | 'D';
  /** SQL of its text over the row `NEW`, where the column itself is none. */
  readonly words?: string;
}

/**
 * Keeps the words of a table's texts in its column `search`, with the agency and the entries of lists, and an index
 * of them. They are made anew only when one of these changes: a generated column would be with every update. For
 * migrations.
 */
export async function keepSearchWords(
  queryRunner: QueryRunner,
  table: string,
  searched: Searched,
): Promise<void> {
  const relation = `public.${identifier(table)}`;
  const name = searchFunction(table);
  for (const statement of [
    triggerFunction(name, searched),
    `REVOKE EXECUTE ON FUNCTION ${name}() FROM PUBLIC`,
    `CREATE OR REPLACE TRIGGER hms_search BEFORE INSERT OR UPDATE ON ${relation}
  FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    `ALTER TABLE ${relation} ENABLE ALWAYS TRIGGER hms_search`,
    `CREATE INDEX ${identifier(`${table}_search`)} ON ${relation} USING gin (search)`,
  ])
    await queryRunner.query(statement);
}

/** Keeps them no longer. For the way down of a migration. */
export async function releaseSearchWords(queryRunner: QueryRunner, table: string): Promise<void> {
  await queryRunner.query(`DROP FUNCTION ${searchFunction(table)} CASCADE`);
}

const searchFunction = (table: string): string => `hms.${identifier(`${table}_search`)}`;

function triggerFunction(name: string, { texts, entries }: Searched): string {
  const columns = [...texts.map(({ column }) => column), ...Object.values(entries)];
  const row = (record: string): string => columns.map((column) => `${record}.${column}`).join(', ');
  // A loop, as PL/pgSQL would set up a query for one expression over all entries.
  const whole = Object.entries(entries).map(
    ([member, column]) => `
    FOREACH entry IN ARRAY coalesce(NEW.${column}, '{}') LOOP
      IF entry IS NOT NULL THEN
        whole := whole || hms.search_entry('${member}', entry);
      END IF;
    END LOOP;`,
  );
  const words = texts.map(
    ({ column, weight, words = `NEW.${column}` }) =>
      `pg_catalog.setweight(hms.search_words(${words}), '${weight}')`,
  );
  return `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
  whole pg_catalog.text[];
  entry pg_catalog.text;
BEGIN
  IF TG_OP = 'UPDATE' AND (${row('NEW')}) IS NOT DISTINCT FROM (${row('OLD')}) THEN
    NEW.search := OLD.search;
  ELSE
    whole := ARRAY[hms.search_entry('agency', NEW.agency)];${whole.join('')}
    NEW.search := pg_catalog.array_to_tsvector(whole)
      || ${words.join('\n      || ')};
  END IF;
  RETURN NEW;
END $function$`;
}
