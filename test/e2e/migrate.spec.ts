import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { DatabaseAddress } from '../../src/platform/config/settings.js';
import {
  migrateDatabase,
  type MigrationClass,
  pendingMigrations,
  requireMigrated,
} from '../../src/platform/database/migrate.js';
import { addressOf, superuserPool } from '../support/cluster.js';
import { grantDatabase } from '../../src/platform/database/embedded/provision.js';

class CreateNotes1700000000001 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    // Long enough for a second starter to come upon it.
    await queryRunner.query('CREATE TABLE notes (text text); SELECT pg_sleep(0.3)');
  }
  async down(): Promise<void> {}
}

class FillNotes1700000000002 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`INSERT INTO notes VALUES ('once')`);
  }
  async down(): Promise<void> {}
}

class Fail1700000000003 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`INSERT INTO notes VALUES ('half')`);
    await queryRunner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

const migrations: MigrationClass[] = [CreateNotes1700000000001, FillNotes1700000000002];
const names = ['CreateNotes1700000000001', 'FillNotes1700000000002'];
const database = `migrate_${process.pid}`;
const admin = superuserPool('postgres');
let address: DatabaseAddress;

beforeEach(async () => {
  await admin.query(`CREATE DATABASE ${database}`);
  await grantDatabase(admin, database);
  address = addressOf(database);
});

afterEach(async () => {
  await admin.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
});

afterAll(async () => {
  await admin.end();
});

describe('Migrating a database', () => {
  it('applies each migration once when several processes do it at once', async () => {
    const results = await Promise.all([migrate(), migrate(), migrate()]);
    expect(results.toSorted((a, b) => b.length - a.length)).toEqual([names, [], []]);
    await expect(notes()).resolves.toEqual(['once']);
  });

  it('keeps the migrations before one that fails, and nothing of that one', async () => {
    await expect(
      migrateDatabase('policy', address, { entities: [], migrations: [...migrations, Fail1700000000003] }),
    ).rejects.toThrow('division by zero');
    await expect(notes()).resolves.toEqual(['once']);
    await expect(migrate()).resolves.toEqual([]);
  });

  it('tells the hook the login of the application, and grants nothing of a hook that fails', async () => {
    const failing = migrateDatabase('policy', address, {
      entities: [],
      migrations,
      afterMigrate: async (queryRunner, login) => {
        await queryRunner.query(`GRANT SELECT ON migrations, notes TO ${login}`);
        throw new Error(`no rights for ${login}`);
      },
    });
    await expect(failing).rejects.toThrow('no rights for hms_app');
    await expect(pendingMigrations('policy', address, migrations)).rejects.toThrow(
      'may not read public.migrations',
    );
  });

  it('lists the migrations that are not applied yet, on the login of the application', async () => {
    await expect(pendingMigrations('policy', address, migrations)).resolves.toEqual(names);
    await migrate();
    await expect(pendingMigrations('policy', address, migrations)).resolves.toEqual([]);
    await expect(requireMigrated('policy', address, migrations)).resolves.toBeUndefined();
    await expect(requireMigrated('policy', address, [...migrations, Fail1700000000003])).rejects.toThrow(
      'PolicyDB lacks 1 migration (Fail1700000000003): run npm run migrate first.',
    );
  });

  it('says where a database cannot be reached', async () => {
    const nowhere = addressOf('no_such_database');
    await expect(migrateDatabase('market', nowhere, { entities: [], migrations })).rejects.toThrow(
      /^MarketDB: .* has no database "no_such_database"\. Create it, or correct MARKET_MIGRATION_URL\.$/,
    );
  });
});

function migrate(): Promise<string[]> {
  return migrateDatabase('policy', address, {
    entities: [],
    migrations,
    afterMigrate: async (queryRunner, login) => {
      await queryRunner.query(
        `GRANT SELECT ON migrations TO ${login}; GRANT USAGE ON SCHEMA public TO ${login}`,
      );
    },
  });
}

async function notes(): Promise<unknown[]> {
  const pool = superuserPool(database);
  try {
    const { rows } = await pool.query<{ text: string }>('SELECT text FROM notes');
    return rows.map(({ text }) => text);
  } finally {
    await pool.end();
  }
}
