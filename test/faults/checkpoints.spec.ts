import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pemOf, readAuditKeys } from '../../src/platform/audit/integrity/audit-key.js';
import { CheckpointLog } from '../../src/platform/audit/integrity/checkpoint-log.js';
import { openCheckpoint } from '../../src/platform/audit/integrity/checkpoint.js';
import { AuditFixture } from '../support/audit-fixture.js';

describe('the checkpoints of a log', () => {
  let log: AuditFixture;

  beforeEach(async () => {
    log = await AuditFixture.create();
  });

  afterEach(() => log.drop());

  it('begin with the empty log, are written only when it has grown, and name the one before', async () => {
    const turns = [await log.writer().turn(), await log.writer().turn()];
    await log.make('a', 'b');
    turns.push(await log.writer().turn());
    expect(turns.map(({ written }) => written?.size)).toEqual([0, undefined, 2]);
    const [first, , second] = turns;
    expect(second?.written?.previous).toEqual(first?.written?.hash);
    expect(second?.written?.origin).toMatch(/^hms\/policy\/[0-9a-f]{32}$/);
    expect(second?.written?.origin).toBe(first?.written?.origin);
    const read = openCheckpoint(second?.written?.note ?? '', log.keys.accepted);
    expect(read).toEqual({ ...second?.written, last: { xid: expect.any(BigInt) as bigint, seq: 2n } });
    expect(await log.verify()).toEqual({ findings: [], entries: 2, removed: 0, covered: 2 });
  });

  it('leave out what a transaction that is still open may come before, and take it in its place later', async () => {
    await log.make('a');
    const late = await log.superuser.connect();
    try {
      await late.query('BEGIN');
      await late.query(`INSERT INTO policies (agency, id, title) VALUES ('hhs', 'late', 'First')`);
      await log.make('b', 'c');
      expect(await log.sign()).toBe(1);
      expect(await log.verify()).toEqual({ findings: [], entries: 1, removed: 0, covered: 1 });
      await late.query('COMMIT');
    } finally {
      late.release();
    }
    expect(await log.sign()).toBe(4);
    expect(await log.verify()).toEqual({ findings: [], entries: 4, removed: 0, covered: 4 });
    const order = await log.superuser.query('SELECT record_id FROM hms.changes ORDER BY xid, seq');
    expect(order.rows.map(({ record_id: id }: { record_id: string }) => id)).toEqual(['a', 'late', 'b', 'c']);
    await expect(
      log.prover().prove({ resource: 'policies', agency: 'hhs', id: 'late', version: 1 }),
    ).resolves.toMatchObject({ leafIndex: 1 });
  });

  it('are one chain when two instances write them at once', async () => {
    const writers = [log.writer(), log.writer()];
    for (let n = 0; n < 15; n++) {
      await log.make(`r${n}`);
      await Promise.all(writers.map((writer) => writer.turn()));
    }
    await Promise.any(writers.map((writer) => writer.turn()));
    expect(await log.verify()).toEqual({ findings: [], entries: 15, removed: 0, covered: 15 });
  });

  it('are signed with a key that nobody else may read', () => {
    expect(statSync(join(log.directory, 'private-key.pem')).mode & 0o777).toBe(0o600);
  });

  describe('of a log with thousands of entries', () => {
    const make = (from: number, to: number): Promise<unknown> =>
      log.superuser.query(
        `INSERT INTO policies (agency, id, title) SELECT 'hhs', 'n' || n, 'First' FROM generate_series($1::int, $2) n`,
        [from, to],
      );

    it('go on after a restart, also without or with a broken cache of subtrees', async () => {
      const cache = join(log.directory, 'policy.subtrees');
      await make(1, 2500);
      expect(await log.sign()).toBe(2500);
      expect(readFileSync(cache)).toHaveLength(2 * 48);
      await make(2501, 2600);
      expect(await log.sign()).toBe(2600);
      rmSync(cache);
      await make(2601, 3100);
      expect(await log.sign()).toBe(3100);
      expect(readFileSync(cache)).toHaveLength(3 * 48);
      const broken = readFileSync(cache);
      broken.fill(7, 48, 60);
      writeFileSync(cache, Buffer.concat([broken, Buffer.from('torn')]));
      await make(3101, 4100);
      expect(await log.sign()).toBe(4100);
      expect(readFileSync(cache)).toHaveLength(4 * 48);
      expect(await log.verify()).toEqual({ findings: [], entries: 4100, removed: 0, covered: 4100 });
    });

    it('refuse a change in the middle, which is read again', async () => {
      await make(1, 2500);
      await log.sign();
      const writer = log.writer();
      await writer.turn();
      await log.tamper(`UPDATE hms.changes SET hash = sha256('x') WHERE record_id = 'n7'`);
      await expect(writer.turn()).rejects.toMatchObject({
        kind: 'rewritten',
        message: 'Entries 1 to 1024 are not those that were signed.',
      });
    });

    it('prove each version, to the script that needs nothing of the service', async () => {
      await make(1, 3000);
      await log.change('n1024', 'Second');
      const key = (id: string, version = 1) => ({ resource: 'policies', agency: 'hhs', id, version });
      const prover = log.prover();
      await expect(prover.prove(key('n1'))).rejects.toMatchObject({ code: 'not-checkpointed' });
      await log.sign();
      await log.change('n1', 'Second');
      await expect(prover.prove(key('n1', 2))).rejects.toMatchObject({ code: 'not-checkpointed' });
      await expect(prover.prove(key('n1', 3))).rejects.toMatchObject({ code: 'not-found' });
      for (const [id, version, index] of [
        ['n1', 1, 0],
        ['n1024', 1, 1023],
        ['n1025', 1, 1024],
        ['n3000', 1, 2999],
        ['n1024', 2, 3000],
      ] as const) {
        const proof = await prover.prove(key(id, version));
        expect(proof.leafIndex).toBe(index);
        expect(await log.verifyProof(proof)).toMatchObject({
          code: 0,
          output: expect.stringContaining(`verified: policies hhs/${id} version ${version}`) as string,
        });
      }
      const proof = await prover.prove(key('n1024', 2));
      const forged = { ...proof, entry: { ...proof.entry, actor: 'somebody' } };
      expect((await log.verifyProof(forged)).output).toMatch(/^hash: /);
      expect((await log.verifyProof({ ...proof, leafIndex: 2999 })).output).toMatch(/^rewritten: /);
      const moved = { ...proof, checkpoint: proof.checkpoint.replace('\n3001\n', '\n3002\n') };
      expect((await log.verifyProof(moved)).output).toMatch(/^signature: /);
      await log.tamper(`DELETE FROM hms.changes WHERE record_id = 'n3000'`);
      await expect(log.prover().prove(key('n1'))).rejects.toMatchObject({ kind: 'rewritten' });
    });
  });

  it('follow an instance that writes to a folder of its own as another log', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hms-audit-'));
    try {
      await log.make('a');
      const turns = [await log.writer().turn(), await log.writer(folder).turn()];
      expect(turns.map(({ written }) => written?.size)).toEqual([1, 1]);
      expect(turns[0]?.written?.origin).not.toBe(turns[1]?.written?.origin);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are believed from an earlier key only while that is accepted', async () => {
    await log.make('a');
    await log.sign();
    const file = join(log.directory, 'private-key.pem');
    const settings = { directory: log.directory, keyFile: file, makesKey: true, interval: 60_000 };
    rmSync(file);
    const fresh = readAuditKeys(settings);
    const believed = () => new CheckpointLog(log.directory, 'policy', readAuditKeys(settings)).last();
    await expect(believed()).rejects.toMatchObject({ kind: 'signature' });
    const [old = fresh.signing] = log.keys.accepted;
    writeFileSync(file, readFileSync(file, 'utf8') + pemOf(old));
    await expect(believed()).resolves.toMatchObject({ size: 1 });
  });
});
