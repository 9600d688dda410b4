import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import {
  openRetention,
  signRetention,
  type SignedRetention,
} from '../../src/platform/audit/retention/retention-record.js';
import { AuditFixture, foreignKeys } from '../support/audit-fixture.js';

/** Removes an entry and leaves what a retention would have left, as the attacker would. */
const forge = (where: string, retention: number): string => `
  INSERT INTO hms.removed_changes (xid, seq, resource, agency, record_id, version, hash, retention)
  SELECT xid, seq, resource, agency, record_id, version, hash, ${retention} FROM hms.changes WHERE ${where};
  DELETE FROM hms.changes WHERE ${where};`;

/** What is found of an attack, and what the script says of an export. */
type Case = [attack: string, statements: string, finding: object, script: RegExp];

describe('a log of which old versions were removed', () => {
  let sound: AuditFixture;
  let log: AuditFixture;
  let first: string;

  /** Eleven entries, of which retentions 1 and 2 removed three and one; ten of them under checkpoints. */
  beforeAll(async () => {
    sound = await AuditFixture.create();
    await sound.make('a', 'b', 'c');
    await sound.change('a', 'Second');
    await sound.change('b', 'Second');
    await sound.change('a', 'Third');
    await sound.sign();
    first = await sound.now();
    await sound.change('b', 'Third');
    const second = await sound.now();
    await sound.change('a', 'Fourth');
    await sound.change('c', 'Second');
    await sound.sign();
    await sound.retain(first);
    await sound.retain(second);
    await sound.change('b', 'Fourth');
    await sound.sign();
    await sound.change('c', 'Third');
    log = await AuditFixture.create(sound);
    await sound.drop();
    sound = log;
  });

  beforeEach(async () => {
    log = await AuditFixture.create(sound);
  });

  afterEach(() => log.drop());

  afterAll(() => sound.drop());

  const notes = async (): Promise<SignedRetention[]> => {
    const opened: SignedRetention[] = [];
    for await (const note of log.retentions().all()) {
      const record = openRetention(note, 'policy', log.keys.accepted);
      if (record) opened.push(record);
    }
    return opened;
  };

  it('keeps what each record was at the cut and since, and is verified over the gap', async () => {
    const { rows } = await log.superuser.query<{ version: string }>(
      'SELECT record_id || version AS version FROM hms.changes ORDER BY record_id, version',
    );
    expect(rows.map(({ version }) => version)).toEqual(['a3', 'a4', 'b3', 'b4', 'c1', 'c2', 'c3']);
    expect(await log.verify()).toEqual({ findings: [], entries: 11, removed: 4, covered: 10 });
    expect(await log.verifyExport()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^verified: 11 entries, 10 of them/) as string,
    });
    expect((await log.writer().turn()).written?.size).toBe(11);
  });

  it('says in a signed record what was removed, by whom, under which rule and checkpoint', async () => {
    const [one, two] = await notes();
    expect(two).toMatchObject({ number: 2, removed: 1 });
    expect(one).toMatchObject({
      number: 1,
      removed: 3,
      resource: 'policies',
      replacedBefore: first,
      login: 'hms_owner',
    });
    expect(one?.previous).toBeUndefined();
    expect(two?.previous).toEqual(one?.hash);
    expect(two?.checkpoint).toEqual(one?.checkpoint);
  });

  it('proves what was kept, and says of what was removed that it was', async () => {
    const key = { resource: 'policies', agency: 'hhs', id: 'a' };
    await expect(log.prover().prove({ ...key, version: 2 })).rejects.toMatchObject({ code: 'removed' });
    const proof = await log.prover().prove({ ...key, version: 3 });
    expect(proof.leafIndex).toBe(5);
    expect((await log.verifyProof(proof)).output).toMatch(/^verified: policies hhs\/a version 3/);
  });

  it('removes nothing twice, and nothing that is not signed', async () => {
    expect(await log.retain(first)).toEqual([]);
    await log.change('c', 'Fourth');
    expect(await log.retain(await log.now())).toEqual([4]);
    expect((await notes()).map(({ removed }) => removed)).toEqual([3, 1, 4]);
    const { rows } = await log.superuser.query(
      `SELECT version FROM hms.changes WHERE record_id = 'c' ORDER BY version`,
    );
    expect(rows).toEqual([{ version: 3 }, { version: 4 }]);
    expect(await log.verify()).toMatchObject({ findings: [], entries: 12, removed: 8 });
  });

  it('is not changed by a removal that is not committed, whose record stays without effect', async () => {
    const now = await log.now();
    const failing = log.retain(now, () => Promise.reject(new Error('The witness is away.')));
    await expect(failing).rejects.toThrow('The witness is away.');
    expect(await log.verify()).toMatchObject({ findings: [], removed: 4 });
    expect(await log.retain(now)).toEqual([4]);
    expect((await notes()).map(({ number }) => number)).toEqual([1, 2, 3, 4]);
    expect(await log.verify()).toMatchObject({ findings: [], removed: 8 });
    expect(await log.verifyExport()).toMatchObject({ code: 0 });
  });

  it('is not removed from by a statement that names no retention, nor are the traces', async () => {
    for (const statement of [
      'DELETE FROM hms.changes',
      'DELETE FROM hms.removed_changes',
      'UPDATE hms.removed_changes SET version = 9',
      'TRUNCATE hms.removed_changes',
    ])
      await expect(log.superuser.query(statement)).rejects.toMatchObject({ code: 'HM006' });
  });

  const a3 = `record_id = 'a' AND version = 3`;
  const cases: Case[] = [
    [
      'removes an entry that was kept',
      `DELETE FROM hms.changes WHERE ${a3}`,
      { kind: 'rewritten' },
      /^gap: policies hhs\/a version 4/m,
    ],
    [
      'removes an entry as if under a retention of its own',
      forge(a3, 3),
      { kind: 'removed', id: 'a', version: 3 },
      /^removed: 1 entries are gone under retention 3, which is not signed/m,
    ],
    [
      'removes an entry as if under a retention there was',
      forge(a3, 2),
      { kind: 'removed', detail: expect.stringContaining('under retention 2') as string },
      /^removed: the entries that are gone under retention 2 are not/m,
    ],
    [
      'removes all entries of a record and the record',
      `${forge(`record_id = 'c'`, 2)} DELETE FROM policies WHERE id = 'c'`,
      { kind: 'removed' },
      /^removed: the entries that are gone under retention 2 are not/m,
    ],
    [
      'gives what is gone another record',
      `UPDATE hms.removed_changes SET record_id = 'd' WHERE record_id = 'a' AND version = 1`,
      { kind: 'removed', detail: expect.stringContaining('under retention 1') as string },
      /^removed: the entries that are gone under retention 1 are not/m,
    ],
    [
      'gives what is gone another hash',
      `UPDATE hms.removed_changes SET hash = sha256('x') WHERE record_id = 'a' AND version = 2`,
      { kind: 'link', id: 'a', version: 3 },
      /^link: policies hhs\/a version 3/m,
    ],
    [
      'gives what is gone another retention',
      `UPDATE hms.removed_changes SET retention = 1 WHERE retention = 2`,
      { kind: 'removed', detail: expect.stringContaining('under retention 1') as string },
      /^removed: the entries that are gone under retention 1 are not/m,
    ],
    [
      'removes what is left of an entry',
      `DELETE FROM hms.removed_changes WHERE record_id = 'b' AND version = 1`,
      { kind: 'rewritten' },
      /^gap: policies hhs\/b version 2/m,
    ],
    [
      'removes all that is left under a retention',
      `DELETE FROM hms.removed_changes WHERE retention = 2`,
      { kind: 'gap', id: 'b', version: 3 },
      /^gap: policies hhs\/b version 3/m,
    ],
    [
      'invents what was removed',
      `INSERT INTO hms.changes (seq, xid, resource, agency, record_id, version, action, schema_revision, document,
         actor, login, context, changed_at, previous_hash, hash)
       SELECT r.seq, r.xid, r.resource, r.agency, r.record_id, r.version, 'updated', 1,
         replace(c.document, '"version":3', '"version":2'), c.actor, c.login, c.context, c.changed_at,
         (SELECT hash FROM hms.removed_changes WHERE record_id = 'a' AND version = 1), r.hash
       FROM hms.removed_changes r, hms.changes c
       WHERE r.record_id = 'a' AND r.version = 2 AND c.record_id = 'a' AND c.version = 3;
       DELETE FROM hms.removed_changes WHERE record_id = 'a' AND version = 2`,
      { kind: 'hash', id: 'a', version: 2 },
      /^hash: policies hhs\/a version 2/m,
    ],
    [
      'changes what was kept at the cut',
      `UPDATE hms.changes SET document = replace(document, 'Third', 'Other') WHERE ${a3}`,
      { kind: 'hash', id: 'a', version: 3 },
      /^hash: policies hhs\/a version 3/m,
    ],
    [
      'hides what is gone by a transaction number to come',
      forge(a3, 3) + `UPDATE hms.removed_changes SET xid = '999999999' WHERE ${a3}`,
      { kind: 'order', id: 'a', version: 3 },
      /^gap: policies hhs\/a version 4/m,
    ],
  ];

  it.each(cases)('shows that somebody %s', async (_attack, statements, finding, script) => {
    await log.tamper(statements);
    expect((await log.verify()).findings).toContainEqual(expect.objectContaining(finding));
    expect((await log.verifyExport()).output).toMatch(script);
  });

  it('shows a removal by the owner with every trigger on, which nobody signed', async () => {
    await log.superuser.query(
      `BEGIN; SET LOCAL hms.retention = 2; DELETE FROM hms.changes WHERE ${a3}; COMMIT`,
    );
    expect((await log.verify()).findings).toMatchObject([{ kind: 'removed' }]);
  });

  it('shows a record that another key signed, and what is gone under it', async () => {
    await log.tamper(forge(a3, 3));
    const [, last] = await notes();
    if (!last) throw new Error('There is no retention.');
    const forged = signRetention({ ...last, number: 3, previous: last.hash }, foreignKeys().signing);
    await log.retentions().append(forged.note);
    const { findings } = await log.verify();
    expect(findings).toMatchObject([{ kind: 'removed', id: 'a' }, { kind: 'signature' }]);
    expect((await log.verifyExport()).output).toMatch(/^signature: .*\nremoved: 1 entries/m);
  });

  it('shows a record that was used again for other entries', async () => {
    await log.tamper(forge(a3, 3));
    const [, last] = await notes();
    await log.retentions().append(last?.note ?? '');
    const { findings } = await log.verify();
    expect(findings).toMatchObject([{ kind: 'removed', id: 'a' }, { kind: 'removed' }]);
  });

  it('shows that records are gone', async () => {
    const { path } = log.retentions();
    const [, second = ''] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${second}\n`);
    expect((await log.verify()).findings.map(({ kind }) => kind)).toEqual(Array(4).fill('removed'));
    expect((await log.verifyExport()).output).toMatch(/^removed: retention 2 does not follow/m);
    rmSync(path);
    expect((await log.verify()).findings.map(({ kind }) => kind)).toEqual(Array(4).fill('removed'));
  });

  it('does not let one export and a retention meet', async () => {
    const owner = await log.superuser.connect();
    try {
      await owner.query('SELECT pg_advisory_lock(4871305)');
      await expect(log.verifyExport()).rejects.toThrow('A retention is under way');
    } finally {
      owner.release(true);
    }
  });
});
