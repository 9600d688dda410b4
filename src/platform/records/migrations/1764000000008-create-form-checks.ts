import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the constraints of records need (`form-checks.ts`). */
export class CreateFormChecks1764000000008 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(longestText);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP FUNCTION hms.longest_text(jsonb, jsonpath)');
  }
}

/** The length in characters of the longest text that a JSON path finds; 0 where there is none. */
const longestText = `CREATE FUNCTION hms.longest_text(value jsonb, path jsonpath) RETURNS integer
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN (SELECT coalesce(max(char_length(hit #>> '{}')), 0) FROM jsonb_path_query(value, path) hit
    WHERE jsonb_typeof(hit) = 'string')`;
