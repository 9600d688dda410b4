import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * How texts become words to find records by, in one place for what is stored and for what is asked: English
 * stems and stop words, without accents. Texts in other languages are found by their words, mostly unstemmed.
 */
export class CreateSearch1764000000006 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    for (const statement of functions) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION hms.search_within(text, tsquery), hms.search_entry_query(text, text),
      hms.search_entry(text, text), hms.search_query(text), hms.search_words(text),
       hms.without_accents(text)`);
  }
}

const functions = [
  // Letters that Unicode takes apart into a letter and marks lose the marks; others, such as ø, stay. A text of as many
  // bytes as characters has none of them.
  `CREATE FUNCTION hms.without_accents(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN octet_length(words) = char_length(words) THEN words
    ELSE regexp_replace(normalize(words, NFD), '[\\u0300-\\u036F]', '', 'g') END`,

  `CREATE FUNCTION hms.search_words(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN to_tsvector('pg_catalog.english'::regconfig, hms.without_accents(coalesce(words, '')))`,

  `CREATE FUNCTION hms.search_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN websearch_to_tsquery('pg_catalog.english'::regconfig, hms.without_accents(words))`,

  // What is found as a whole, by the name of the member that has it: the agency, so that the index finds the
  // records of one agency; and the entries of lists. With its space it is no word that a text has.
  `CREATE FUNCTION hms.search_entry(member text, entry text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN member || ' ' || entry`,

  `CREATE FUNCTION hms.search_entry_query(member text, entry text) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN ('''' || replace(replace(hms.search_entry(member, entry), '\\', '\\\\'), '''', '''''') || '''')::tsquery`,

  // A query without words finds nothing.
  `CREATE FUNCTION hms.search_within(agency text, query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE WHEN numnode(query) = 0 THEN query ELSE hms.search_entry_query('agency', agency) && query END`,
];
