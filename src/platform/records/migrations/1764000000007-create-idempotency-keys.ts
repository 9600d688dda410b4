import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The answers to requests with an `Idempotency-Key`, each written in the transaction of its change and kept for a day
 * (ADR 14). `key_hash` is made of the subject, the operation and the key; `fingerprint` of what the request asked for.
 * `body` is the answer's, byte for byte; `about` what its status and headers are made of.
 * No record: nothing of it is logged or delivered.
 */
export class CreateIdempotencyKeys1764000000007 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(keys);
    await queryRunner.query(byAge);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE hms.idempotency_keys');
  }
}

const keys = `CREATE TABLE hms.idempotency_keys (
  agency text COLLATE "C" NOT NULL,
  key_hash bytea NOT NULL,
  fingerprint bytea NOT NULL,
  about jsonb NOT NULL,
  body text NOT NULL,
  used_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (agency, key_hash)
)`;

/** For those who remove the old ones. */
const byAge = 'CREATE INDEX idempotency_keys_by_age ON hms.idempotency_keys (used_at)';
