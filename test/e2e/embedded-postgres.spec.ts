import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { messageOf } from '../../src/platform/database/error-details.js';
import type { DatabaseAddresses } from '../../src/platform/database/database-addresses.js';
import {
  type EmbeddedPostgres,
  locateEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/platform/database/embedded/embedded-postgres.js';

const alreadyRunning =
  /^Another HMS service is already running on .*; stop it, or set DATA_DIR to another folder\.$/;
let root: string;
let directory: string;
let started: EmbeddedPostgres[];
let services: ChildProcess[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hms-embedded-'));
  directory = join(root, 'data');
});

beforeEach(() => {
  started = [];
  services = [];
});

afterEach(async () => {
  await Promise.all(services.map((service) => kill(service)));
  await Promise.all(started.map((postgres) => postgres.stop()));
});

afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('The embedded PostgreSQL', () => {
  it('makes both databases for an owner, and an application that can create nothing', async () => {
    const { addresses } = await start();
    for (const { url, migrationUrl } of [addresses.policy, addresses.market]) {
      await query(migrationUrl, 'CREATE TABLE notes (text text); GRANT SELECT ON notes TO hms_app');
      await expect(query(url, 'SELECT * FROM notes')).resolves.toEqual([]);
      await expect(query(url, 'CREATE TABLE mine ()')).rejects.toThrow(/permission denied for schema public/);
      await expect(query(url, 'CREATE TEMP TABLE mine ()')).rejects.toThrow(
        /permission denied to create temporary/,
      );
      await expect(query(inDatabase(url, 'postgres'), 'SELECT 1')).rejects.toThrow(
        /permission denied for database/,
      );
    }
  });

  it('sorts and changes case by Unicode, whatever the host is set to', async () => {
    const { addresses } = await start();
    const rows = await query(
      addresses.policy.url,
      "SELECT current_setting('server_encoding') AS e, upper('é') AS u",
    );
    expect(rows).toEqual([{ e: 'UTF8', u: 'É' }]);
  });

  it('keeps the passwords where only its user can read them', async () => {
    await start();
    expect((await stat(join(directory, 'postgres', 'passwords.json'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(directory, 'postgres'))).toEqual(['data', 'passwords.json', 'server.log']);
  });

  it('keeps the data over a restart', async () => {
    const first = await start();
    await query(first.addresses.policy.migrationUrl, "INSERT INTO notes VALUES ('restart')");
    await first.stop();
    await first.stop();
    await expect(query(first.addresses.policy.url, 'SELECT 1')).rejects.toThrow(/ECONNREFUSED/);
    const second = await start();
    expect(await notes(second)).toContain('restart');
  });

  it('adopts the server that a killed service left', async () => {
    const service = await startService();
    await query(service.addresses.policy.migrationUrl, "INSERT INTO notes VALUES ('adopted')");
    await kill(service.process);
    const before = await postmasterPid();
    const adopted = await start();
    expect(await postmasterPid()).toBe(before);
    expect(adopted.addresses).toEqual(service.addresses);
    expect(await notes(adopted)).toContain('adopted');
  });

  it('recovers when service and server were killed, though a session of the server still works', async () => {
    const service = await startService();
    const { migrationUrl } = service.addresses.policy;
    await query(migrationUrl, "INSERT INTO notes VALUES ('recovered')");
    const working = query(migrationUrl, 'SELECT count(*) FROM generate_series(1, 6000000)').catch(
      (error: unknown) => error,
    );
    await until(async () => {
      const rows = await query(migrationUrl, "SELECT FROM pg_stat_activity WHERE query LIKE '%6000000%'");
      return rows.length > 1;
    });
    process.kill(await postmasterPid(), 'SIGKILL');
    await kill(service.process);
    const recovered = await start();
    expect(await notes(recovered)).toContain('recovered');
    await working;
  });

  it('starts again on the same port when the server is killed under a living service', async () => {
    const { addresses } = await start();
    const before = await postmasterPid();
    process.kill(before, 'SIGKILL');
    await until(async () => (await query(addresses.policy.url, 'SELECT 1').catch(() => [])).length === 1);
    expect(await postmasterPid()).not.toBe(before);
    await until(isRefused);
  });

  it('is not misled by a lock file whose process number another program has by now', async () => {
    const first = await start();
    const lockFile = await readFile(join(directory, 'postgres', 'data', 'postmaster.pid'), 'utf8');
    await first.stop();
    const stranger = spawn('sleep', ['60']);
    await once(stranger, 'spawn');
    await writeFile(
      join(directory, 'postgres', 'data', 'postmaster.pid'),
      lockFile.replace(/^\d+/, String(stranger.pid)),
    );
    const second = await start();
    await second.stop();
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    await kill(stranger);
  });

  it('refuses a second service on the same folder, and the first goes on', async () => {
    const first = await start();
    await expect(startEmbeddedPostgres(directory)).rejects.toThrow(alreadyRunning);
    expect(await query(first.addresses.policy.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets one of two simultaneous first starts win', async () => {
    const fresh = join(root, 'fresh');
    const results = await Promise.allSettled([startEmbeddedPostgres(fresh), startEmbeddedPostgres(fresh)]);
    started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(results).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({
        message: expect.stringMatching(alreadyRunning) as unknown,
      }) as unknown,
    });
    expect(started).toHaveLength(1);
    for (const { addresses } of started)
      expect(await query(addresses.market.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await readdir(fresh)).toEqual(['postgres']);
  });

  it('refuses a folder that it did not make, and leaves it alone', async () => {
    const foreign = join(root, 'foreign', 'postgres');
    await mkdir(foreign, { recursive: true });
    await writeFile(join(foreign, 'precious.txt'), '');
    await expect(startEmbeddedPostgres(join(root, 'foreign'))).rejects.toThrow(
      /foreign\/postgres is no database that this service made; move it away, or set DATA_DIR to another folder\.$/,
    );
    expect(await readdir(foreign)).toEqual(['precious.txt']);
  });
});

describe('npm run db:url', () => {
  it("prints the owner's URL of a running database", async () => {
    await start();
    const { stdout } = await dbUrl('policy');
    expect(
      await query(stdout.trim(), 'SELECT current_user AS login, current_database() AS database'),
    ).toEqual([{ login: 'hms_owner', database: 'policy' }]);
  });

  it('says what to do when none runs', async () => {
    await expect(locateEmbeddedPostgres(directory)).rejects.toThrow(/^No embedded PostgreSQL runs on/);
    await expect(dbUrl('market')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: `No embedded PostgreSQL runs on ${directory}. Start the service first (npm start), or set DATA_DIR to its folder.\n`,
    });
  });

  it('does not repeat the password of an external database', async () => {
    const external = { POLICY_DATABASE_URL: 'postgres://app:secret@db.gov/policy' };
    await expect(dbUrl('policy', external)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.not.stringContaining('secret') as unknown,
    });
  });
});

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres(directory);
  started.push(postgres);
  return postgres;
}

async function startService(): Promise<{ process: ChildProcess; addresses: DatabaseAddresses }> {
  const script = [
    '--import',
    '@swc-node/register/esm-register',
    'test/support/embedded-service.ts',
    directory,
  ];
  const service = spawn(process.execPath, script, { stdio: ['ignore', 'pipe', 'inherit'] });
  services.push(service);
  await once(service.stdout, 'data');
  return { process: service, addresses: await locateEmbeddedPostgres(directory) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function dbUrl(name: string, environment: NodeJS.ProcessEnv = {}): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, ['dist/tools/db-url.js', name], {
    env: { ...process.env, DATA_DIR: directory, ...environment },
  });
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function notes({ addresses }: EmbeddedPostgres): Promise<unknown[]> {
  const rows = await query(addresses.policy.url, 'SELECT text FROM notes');
  return rows.map(({ text }) => text);
}

async function postmasterPid(): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'postgres', 'data', 'postmaster.pid'), 'utf8'));
}

async function isRefused(): Promise<boolean> {
  return start().then(
    () => false,
    (error: unknown) => alreadyRunning.test(messageOf(error)),
  );
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('This did not come true within ten seconds.');
    await pause(20);
  }
}

function inDatabase(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href;
}
