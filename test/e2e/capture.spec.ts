import { createHash } from 'node:crypto';
import { Pool, type PoolClient } from 'pg';
import { DataSource } from 'typeorm';
import { capturedRevision } from '../../src/platform/records/capture/captured-revision.js';
import { captureTable } from '../../src/platform/records/capture/capture-table.js';
import { StartupError } from '../../src/platform/config/startup.error.js';
import { marketItemResource } from '../../src/market/market.resource.js';
import { policyResource } from '../../src/policy/policy.resource.js';
import { createDatabases, superuserPool, type TestDatabases } from '../support/cluster.js';

interface Change {
  seq: string;
  resource: string;
  agency: string;
  record_id: string;
  version: number;
  action: string;
  schema_revision: number;
  document: string;
  actor: string;
  login: string;
  context: string;
  changed_at: string;
  previous_hash: Buffer | null;
  hash: Buffer;
}

const context = { actor: 'ada', agency: 'hhs', requestId: 'r-1', reason: 'annual review' };

describe('capture in the database', () => {
  let databases: TestDatabases;
  let application: Pool;
  let owner: Pool;
  let superuser: Pool;

  beforeAll(async () => {
    databases = await createDatabases();
    application = new Pool({ connectionString: databases.addresses.policy.url, max: 4 });
    owner = new Pool({ connectionString: databases.addresses.policy.migrationUrl, max: 4 });
    superuser = superuserPool(databases.names.policy);
    await superuser.query(
      `INSERT INTO hms.sync_targets (resource, agency, name, url) VALUES
         ('policies', 'hhs', 'of hhs', 'http://127.0.0.1:9'), ('policies', NULL, 'of all', 'http://127.0.0.1:9')`,
    );
  });

  afterAll(async () => {
    await Promise.all([application.end(), owner.end(), superuser.end()]);
    await databases.drop();
  });

  /** Runs statements in one transaction of a login; with the context of the service where one is given. */
  async function inTransaction<Result>(
    pool: Pool,
    work: (client: PoolClient) => Promise<Result>,
    given?: object,
  ): Promise<Result> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      if (given) await client.query(`SELECT set_config('hms.context', $1, true)`, [JSON.stringify(given)]);
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }

  async function changesOf(id: string, agency = 'hhs'): Promise<Change[]> {
    const { rows } = await superuser.query<Change>(
      `SELECT *, to_char(changed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS changed_at
       FROM hms.changes WHERE agency = $1 AND record_id = $2 ORDER BY version`,
      [agency, id],
    );
    return rows;
  }

  const summary = (changes: Change[]) => changes.map(({ version, action }) => `${version} ${action}`);

  const insert = (id: string, agency = 'hhs') =>
    owner.query(`INSERT INTO policies (agency, id, title) VALUES ($1, $2, 'A title')`, [agency, id]);

  it('records an insert: version 1, the document, who made it, and a cursor for each target', async () => {
    await inTransaction(
      application,
      (client) =>
        client.query(
          `INSERT INTO policies (agency, id, title, tags) VALUES ('hhs', 'insert', 'Heating', '{winter}')`,
        ),
      context,
    );
    const [change, ...others] = await changesOf('insert');
    expect(others).toEqual([]);
    expect(change).toMatchObject({
      resource: 'policies',
      version: 1,
      action: 'created',
      schema_revision: 1,
      actor: 'ada',
      login: 'hms_app',
      previous_hash: null,
    });
    expect(JSON.parse(change?.context ?? '')).toEqual(context);
    expect(JSON.parse(change?.document ?? '')).toEqual({
      id: 'insert',
      agency: 'hhs',
      version: 1,
      code: null,
      title: 'Heating',
      summary: null,
      description: null,
      programType: null,
      jurisdiction: null,
      status: 'draft',
      effectiveFrom: null,
      effectiveTo: null,
      parameters: {},
      rules: null,
      legalCitations: [],
      contact: null,
      supersedes: null,
      tags: ['winter'],
      externalIds: {},
      customFields: {},
      createdAt: change?.changed_at,
      updatedAt: change?.changed_at,
      deleted: false,
    });
    const { rows } = await superuser.query(
      `SELECT t.name, c.latest_version, c.delivered_version, c.resync, c.due_at <= now() AS due
       FROM hms.sync_cursors c JOIN hms.sync_targets t ON t.id = c.target_id WHERE c.record_id = 'insert' ORDER BY name`,
    );
    const cursor = { latest_version: 1, delivered_version: 0, resync: null, due: true };
    expect(rows).toEqual([
      { name: 'of all', ...cursor },
      { name: 'of hhs', ...cursor },
    ]);
  });

  it('gives a target that never saw a record its versions from the next change on', async () => {
    await insert('late');
    await superuser.query(`DELETE FROM hms.sync_cursors WHERE record_id = 'late'`);
    await owner.query(`UPDATE policies SET title = 'Another' WHERE id = 'late'`);
    const { rows } = await superuser.query(
      `SELECT DISTINCT latest_version, delivered_version, resync FROM hms.sync_cursors WHERE record_id = 'late'`,
    );
    expect(rows).toEqual([{ latest_version: 2, delivered_version: 1, resync: null }]);
  });

  it('marks no delivery for a target of another agency', async () => {
    await insert('elsewhere', 'epa');
    const { rows } = await superuser.query(
      `SELECT t.name FROM hms.sync_cursors c JOIN hms.sync_targets t ON t.id = c.target_id WHERE c.record_id = 'elsewhere'`,
    );
    expect(rows).toEqual([{ name: 'of all' }]);
  });

  it('numbers the versions of a bulk insert and a bulk update one by one', async () => {
    await owner.query(
      `INSERT INTO policies (agency, id, title) SELECT 'hhs', 'bulk-' || n, 'Policy ' || n FROM generate_series(1, 50) n`,
    );
    await owner.query(`UPDATE policies SET summary = 'in bulk' WHERE id LIKE 'bulk-%'`);
    const { rows } = await superuser.query(
      `SELECT version, count(*)::int FROM hms.changes WHERE record_id LIKE 'bulk-%' GROUP BY version ORDER BY version`,
    );
    expect(rows).toEqual([
      { version: 1, count: 50 },
      { version: 2, count: 50 },
    ]);
  });

  it('advances a waiting cursor without touching when it is due', async () => {
    await insert('waiting');
    await superuser.query(`UPDATE hms.sync_cursors SET due_at = '2100-01-01' WHERE record_id = 'waiting'`);
    await owner.query(`UPDATE policies SET title = 'Another' WHERE id = 'waiting'`);
    const { rows } = await superuser.query(
      `SELECT DISTINCT latest_version, extract(year FROM due_at)::int AS year FROM hms.sync_cursors WHERE record_id = 'waiting'`,
    );
    expect(rows).toEqual([{ latest_version: 2, year: 2100 }]);
  });

  it('treats an upsert as the insert or the update that it becomes', async () => {
    const upsert = (title: string) =>
      owner.query(
        `INSERT INTO policies (agency, id, title) VALUES ('hhs', 'upsert', $1)
         ON CONFLICT (agency, id) DO UPDATE SET title = EXCLUDED.title`,
        [title],
      );
    await upsert('One');
    await upsert('Two');
    await upsert('Two');
    expect(summary(await changesOf('upsert'))).toEqual(['1 created', '2 updated']);
  });

  it('makes no version of an update that changes nothing', async () => {
    await insert('same');
    const before = await superuser.query(`SELECT version, updated_at FROM policies WHERE id = 'same'`);
    const { rows } = await owner.query<{ version: number }>(
      `UPDATE policies SET title = 'A title', tags = '{}', version = 9, updated_at = now(), created_at = now()
       WHERE id = 'same' RETURNING version`,
    );
    expect(rows).toEqual([{ version: 1 }]);
    expect(summary(await changesOf('same'))).toEqual(['1 created']);
    const after = await superuser.query(`SELECT version, updated_at FROM policies WHERE id = 'same'`);
    expect(after.rows).toEqual(before.rows);
  });

  it('ignores a version and times that a statement supplies', async () => {
    await owner.query(
      `INSERT INTO policies (agency, id, title, version, created_at, updated_at)
       VALUES ('hhs', 'supplied', 'A title', 41, '2001-01-01', '2001-01-01')`,
    );
    const { rows } = await superuser.query(
      `SELECT version, created_at > now() - interval '1 minute' AS fresh, created_at = updated_at AS same
       FROM policies WHERE id = 'supplied'`,
    );
    expect(rows).toEqual([{ version: 1, fresh: true, same: true }]);
  });

  it('records nothing for a statement that finds no row', async () => {
    const before = await superuser.query('SELECT count(*) FROM hms.changes');
    await owner.query(`UPDATE policies SET title = 'Nobody' WHERE id = 'missing'`);
    expect((await superuser.query('SELECT count(*) FROM hms.changes')).rows).toEqual(before.rows);
  });

  it('records a soft delete and a restore as versions', async () => {
    await insert('deleted');
    await owner.query(`UPDATE policies SET deleted_at = now() WHERE id = 'deleted'`);
    await owner.query(`UPDATE policies SET deleted_at = now() + interval '1 day' WHERE id = 'deleted'`);
    await owner.query(`UPDATE policies SET deleted_at = NULL WHERE id = 'deleted'`);
    const changes = await changesOf('deleted');
    expect(summary(changes)).toEqual(['1 created', '2 deleted', '3 restored']);
    expect(changes.map(({ document }) => (JSON.parse(document) as { deleted: boolean }).deleted)).toEqual([
      false,
      true,
      false,
    ]);
  });

  it.each([
    ['a hard delete', `DELETE FROM policies WHERE id = 'kept'`, 'HM002', /SET deleted_at = now\(\)/],
    ['a truncation', 'TRUNCATE policies', 'HM002', /SET deleted_at = now\(\)/],
    [
      'another id',
      `UPDATE policies SET id = 'renamed' WHERE id = 'kept'`,
      'HM001',
      /Create a record under the new key/,
    ],
    ['another agency', `UPDATE policies SET agency = 'epa' WHERE id = 'kept'`, 'HM001', /Create a record/],
    ['an update of the log', `UPDATE hms.changes SET actor = 'nobody'`, 'HM006', /make another/],
    ['a delete from the log', 'DELETE FROM hms.changes', 'HM006', /make another/],
    ['a truncation of the log', 'TRUNCATE hms.changes', 'HM006', /make another/],
  ])('refuses %s, even to a superuser, and names the remedy', async (_, statement, code, hint) => {
    await owner.query(
      `INSERT INTO policies (agency, id, title) VALUES ('hhs', 'kept', 'A title') ON CONFLICT DO NOTHING`,
    );
    await expect(superuser.query(statement)).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint) as string,
    });
    const replica = await superuser.connect();
    try {
      await replica.query('SET session_replication_role = replica');
      await expect(replica.query(statement)).rejects.toMatchObject({ code });
    } finally {
      replica.release(true);
    }
  });

  it('captures what a session in replica mode writes', async () => {
    const replica = await superuser.connect();
    await replica.query('SET session_replication_role = replica');
    await replica.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'replica', 'A title')`);
    replica.release(true);
    expect(summary(await changesOf('replica'))).toEqual(['1 created']);
  });

  it('leaves nothing of a write that is rolled back', async () => {
    await expect(
      inTransaction(owner, async (client) => {
        await client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'undone', 'A title')`);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await changesOf('undone')).toEqual([]);
    expect((await superuser.query(`SELECT FROM hms.sync_cursors WHERE record_id = 'undone'`)).rows).toEqual(
      [],
    );
  });

  it('refuses a write of the service without a context, also after one with a context on the same connection', async () => {
    const write = `INSERT INTO policies (agency, id, title) VALUES ('hhs', 'nobody', 'A title')`;
    const client = await application.connect();
    try {
      await expect(client.query(write)).rejects.toMatchObject({ code: 'HM003' });
      await client.query('BEGIN');
      await client.query(`SELECT set_config('hms.context', $1, true)`, [JSON.stringify(context)]);
      await client.query('COMMIT');
      await expect(client.query(write)).rejects.toMatchObject({ code: 'HM003' });
    } finally {
      client.release();
    }
    expect(await changesOf('nobody')).toEqual([]);
  });

  it('refuses a write of the service to a record of an agency that is not the caller’s', async () => {
    await expect(
      inTransaction(
        application,
        (client) =>
          client.query(`INSERT INTO policies (agency, id, title) VALUES ('epa', 'foreign', 'A title')`),
        context,
      ),
    ).rejects.toMatchObject({ code: 'HM005' });
  });

  it('refuses a context without an actor', async () => {
    await expect(
      inTransaction(
        application,
        (client) =>
          client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'anon', 'A title')`),
        { agency: 'hhs' },
      ),
    ).rejects.toMatchObject({ code: '23502', column: 'actor' });
  });

  it('names the login for plain SQL, whatever context that sets', async () => {
    await inTransaction(
      owner,
      (client) =>
        client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'by-hand', 'A title')`),
      { ...context, actor: 'somebody else' },
    );
    const [change] = await changesOf('by-hand');
    expect(change).toMatchObject({ actor: 'login:hms_owner', login: 'hms_owner' });
    expect(change?.context).not.toContain('somebody else');
  });

  it('names the login that connected, not the role that it took on', async () => {
    const client = await superuser.connect();
    await client.query('SET ROLE hms_owner');
    await client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'in-disguise', 'A title')`);
    client.release(true);
    const [change] = await changesOf('in-disguise');
    expect(change).toMatchObject({ actor: 'login:postgres', login: 'postgres' });
  });

  it('refuses isolation levels at which a new target may not be seen', async () => {
    await expect(
      inTransaction(superuser, async (client) => {
        await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
        await client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'strict', 'A title')`);
      }),
    ).rejects.toMatchObject({ code: 'HM004' });
  });

  it('is not fooled by temporary tables and types or a search path of the session', async () => {
    const client = await superuser.connect();
    try {
      await client.query(`CREATE TEMP TABLE changes (LIKE hms.changes);
        CREATE TEMP TABLE sync_cursors (LIKE hms.sync_cursors);
        CREATE TEMP TABLE sync_targets (LIKE hms.sync_targets);
        CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (VALUE = 'nothing else');
        CREATE DOMAIN pg_temp.jsonb AS pg_catalog.text CHECK (VALUE = 'nothing else');
        CREATE DOMAIN pg_temp.bytea AS pg_catalog.text CHECK (VALUE = 'nothing else');
        CREATE SCHEMA trap;
        CREATE TABLE trap.changes (LIKE hms.changes);
        CREATE FUNCTION trap.sha256(pg_catalog.bytea) RETURNS pg_catalog.bytea LANGUAGE sql RETURN '\\x00'::pg_catalog.bytea;
        CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE sql RETURN '2001-01-01'::timestamptz;
        SET search_path = pg_temp, trap, hms, public`);
      await client.query(
        `INSERT INTO public.policies (agency, id, title) VALUES ('hhs', 'trapped', 'A title')`,
      );
      await client.query(`UPDATE public.policies SET title = 'B title' WHERE id = 'trapped'`);
    } finally {
      await client.query('DROP SCHEMA trap CASCADE');
      client.release(true);
    }
    const changes = await changesOf('trapped');
    expect(summary(changes)).toEqual(['1 created', '2 updated']);
    expect(changes.map(({ hash }) => hash.length)).toEqual([32, 32]);
    const { rows } = await superuser.query(
      `SELECT latest_version FROM hms.sync_cursors WHERE record_id = 'trapped'`,
    );
    expect(rows).toEqual([{ latest_version: 2 }, { latest_version: 2 }]);
  });

  it('gives the service’s login no way around it', async () => {
    const refused = { code: '42501' };
    for (const statement of [
      'CREATE TEMP TABLE changes (x int)',
      'CREATE TABLE public.mine (x int)',
      'CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql RETURN $1',
      'ALTER TABLE policies DISABLE TRIGGER ALL',
      'SET session_replication_role = replica',
      "INSERT INTO hms.changes (resource) VALUES ('policies')",
      'UPDATE hms.changes SET actor = actor',
      'DELETE FROM hms.changes',
      'TRUNCATE hms.changes',
      'DELETE FROM policies',
      'TRUNCATE policies',
      'DROP TRIGGER zz_hms_capture_update ON policies',
    ])
      await expect(application.query(statement)).rejects.toMatchObject(refused);
  });

  it('records many new records of one statement as it does one', async () => {
    await insert('alone');
    await owner.query(
      `INSERT INTO policies (agency, id, title) VALUES
         ('hhs', 'many-2', 'A title'), ('usda', 'many-1', 'A title'), ('hhs', 'many-1', 'A title'), ('hhs', 'alone', 'Taken')
       ON CONFLICT DO NOTHING`,
    );
    await owner.query(`INSERT INTO policies (agency, id, title) SELECT 'hhs', 'none', 'A title' WHERE false`);
    const { rows } = await superuser.query<{ key: string; intact: boolean; cursors: number }>(
      `SELECT c.agency || '/' || c.record_id AS key, c.version = 1 AND c.action = 'created'
         AND c.document = hms.policies_document(p)::text AND c.changed_at = p.updated_at AND c.hash = hms.change_hash(
           NULL, c.resource, c.agency, c.record_id, c.version, c.action, c.schema_revision, c.document, c.actor,
           c.login, c.context, c.changed_at) AS intact,
         (SELECT count(*)::int FROM hms.sync_cursors s WHERE s.agency = c.agency AND s.record_id = c.record_id
           AND s.latest_version = 1 AND s.delivered_version = 0 AND s.due_at = c.changed_at) AS cursors
       FROM hms.changes c JOIN policies p ON p.agency = c.agency AND p.id = c.record_id
       WHERE c.record_id LIKE 'many-%' OR c.record_id = 'alone' ORDER BY c.seq`,
    );
    expect(rows).toEqual([
      { key: 'hhs/alone', intact: true, cursors: 2 },
      { key: 'hhs/many-2', intact: true, cursors: 2 },
      { key: 'usda/many-1', intact: true, cursors: 1 },
      { key: 'hhs/many-1', intact: true, cursors: 2 },
    ]);
  });

  it('holds every one of many new records to the agency of the caller', async () => {
    const mixed = inTransaction(
      application,
      (client) =>
        client.query(
          `INSERT INTO policies (agency, id, title) VALUES ('hhs', 'mixed', 'x'), ('usda', 'mixed', 'x')`,
        ),
      context,
    );
    await expect(mixed).rejects.toMatchObject({ code: 'HM005' });
    expect(await changesOf('mixed')).toEqual([]);
  });

  it('chains the versions of a record by hashes that can be computed outside the database', async () => {
    await insert('chained');
    await owner.query(
      `UPDATE policies SET description = E'a "quoted" line\\nand \\u00e9\\U0001F600' WHERE id = 'chained'`,
    );
    await owner.query(`UPDATE policies SET deleted_at = now() WHERE id = 'chained'`);
    const changes = await changesOf('chained');
    expect(changes).toHaveLength(3);
    let previous: string | null = null;
    for (const change of changes) {
      const parts = [
        'hms-change-v1',
        previous,
        change.resource,
        change.agency,
        change.record_id,
        change.version,
        change.action,
        change.schema_revision,
        change.document,
        change.actor,
        change.login,
        change.context,
        change.changed_at,
      ];
      const text = `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`;
      expect(change.previous_hash?.toString('hex') ?? null).toBe(previous);
      expect(change.hash.toString('hex')).toBe(createHash('sha256').update(text).digest('hex'));
      previous = change.hash.toString('hex');
    }
  });

  it('orders the instants of versions strictly, also within one transaction', async () => {
    await inTransaction(owner, async (client) => {
      await client.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'hasty', '0')`);
      for (let n = 1; n <= 20; n++)
        await client.query(`UPDATE policies SET title = $1 WHERE id = 'hasty'`, [`${n}`]);
    });
    const instants = (await changesOf('hasty')).map((change) => change.changed_at);
    expect(instants).toHaveLength(21);
    expect(instants.every((instant, n) => n === 0 || instant > (instants[n - 1] ?? ''))).toBe(true);
  });

  it('writes the same document in any time zone and date style', async () => {
    await owner.query(
      `INSERT INTO policies (agency, id, title, effective_from) VALUES ('hhs', 'abroad', 'A title', '2025-03-30')`,
    );
    const document = `SELECT hms.policies_document(p)::text AS document FROM policies p WHERE id = 'abroad'`;
    const here = await superuser.query(document);
    const client = await superuser.connect();
    await client.query(
      `SET TimeZone = 'Asia/Kathmandu'; SET DateStyle = 'German'; SET extra_float_digits = 0`,
    );
    const there = await client.query(document);
    client.release(true);
    expect(there.rows).toEqual(here.rows);
    expect(here.rows[0]).toMatchObject({
      document: expect.stringContaining('"effectiveFrom":"2025-03-30"') as string,
    });
  });

  it('lets two writers of one record wait for each other and number their versions', async () => {
    await insert('contended');
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        owner.query(`UPDATE policies SET title = $1 WHERE id = 'contended'`, [`t${n}`]),
      ),
    );
    expect((await changesOf('contended')).map(({ version }) => version)).toEqual(
      Array.from({ length: 21 }, (_, n) => n + 1),
    );
  });

  it('cannot be made to record what never was in the table', async () => {
    await superuser.query(`GRANT TEMPORARY ON DATABASE ${databases.names.policy} TO hms_app`);
    const client = await application.connect();
    try {
      await client.query('CREATE TEMP TABLE forged (LIKE public.policies)');
      const hang = (name: string) =>
        client.query(
          `CREATE TRIGGER forge AFTER INSERT ON forged FOR EACH ROW EXECUTE FUNCTION hms.policies_${name}()`,
        );
      for (const name of ['capture_insert', 'capture_update'])
        await expect(hang(name)).rejects.toMatchObject({ code: '42501' });
      await expect(hang('version')).rejects.toMatchObject({ code: '42501' });
    } finally {
      client.release(true);
      await superuser.query(`REVOKE TEMPORARY ON DATABASE ${databases.names.policy} FROM hms_app`);
    }
    await owner.query(`CREATE TABLE other (LIKE public.policies INCLUDING DEFAULTS);
      CREATE TRIGGER t AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION hms.policies_capture_update()`);
    const forge = () =>
      owner.query(
        `INSERT INTO other (agency, id, version, created_at, updated_at, title, status, tags)
         VALUES ('hhs', 'forged', 1, now(), now(), 'Never there', 'draft', '{}')`,
      );
    await expect(forge()).rejects.toMatchObject({ code: 'HM007' });
    await owner.query(`DROP TRIGGER t ON other;
      CREATE TRIGGER t AFTER INSERT ON other REFERENCING NEW TABLE AS made
        FOR EACH STATEMENT EXECUTE FUNCTION hms.policies_capture_insert()`);
    await expect(forge()).rejects.toMatchObject({ code: 'HM007' });
    await owner.query('DROP TABLE other');
    expect(await changesOf('forged')).toEqual([]);
  });

  it('refuses to capture a table that has rows', async () => {
    const dataSource = new DataSource({ type: 'postgres', url: databases.addresses.policy.migrationUrl });
    await dataSource.initialize();
    const queryRunner = dataSource.createQueryRunner();
    try {
      await queryRunner.query(
        'CREATE TABLE full_table (agency text, id text); INSERT INTO full_table VALUES (1, 1)',
      );
      await expect(
        captureTable(queryRunner, { resource: 'full', table: 'full_table', revision: 1, columns: [] }),
      ).rejects.toThrow('Capture it while it is empty');
    } finally {
      await queryRunner.query('DROP TABLE full_table');
      await dataSource.destroy();
    }
  });
});

describe.each([policyResource, marketItemResource])('the entity of $name', (resource) => {
  let databases: TestDatabases;
  let dataSource: DataSource;

  beforeAll(async () => {
    databases = await createDatabases();
    dataSource = new DataSource({
      type: 'postgres',
      url: databases.addresses[resource.database].migrationUrl,
      entities: [resource.entity],
      installExtensions: false,
    });
    await dataSource.initialize();
  });

  afterAll(async () => {
    await dataSource.destroy();
    await databases.drop();
  });

  it('is what its migrations make of an empty database', async () => {
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('is what is captured, and a drift is refused by name', async () => {
    expect(await capturedRevision(dataSource, resource)).toBe(1);
    await dataSource.query(
      `UPDATE hms.captured_tables SET columns = columns - 0 || '[{"member":"gone","column":"gone","type":"text"}]'`,
    );
    const refusal = capturedRevision(dataSource, resource);
    await expect(refusal).rejects.toThrow(StartupError);
    await expect(refusal).rejects.toThrow(
      /differ in: gone, code\. Add the migration that "npm run capture -- (policies|items) 2 src\//,
    );
  });
});
