import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { signCheckpoint } from '../../src/platform/audit/integrity/checkpoint.js';
import { AuditFixture, foreignKeys } from '../support/audit-fixture.js';

/** Computes hashes again, as the attacker would, from one entry of each record on. */
const rehash = (where: string): string => `DO $$
DECLARE
  c hms.changes;
  previous bytea;
BEGIN
  FOR c IN SELECT * FROM hms.changes WHERE ${where} ORDER BY resource, agency, record_id, version LOOP
    SELECT p.hash INTO previous FROM hms.changes p
    WHERE p.record_id = c.record_id AND p.version = c.version - 1;
    UPDATE hms.changes SET previous_hash = previous, hash = hms.change_hash(previous, c.resource, c.agency, c.record_id,
      c.version, c.action, c.schema_revision, c.document, c.actor, c.login, c.context, c.changed_at)
    WHERE seq = c.seq;
  END LOOP;
END $$;`;

const rename = (where: string): string =>
  `UPDATE hms.changes SET document = replace(document, '"title":"', '"title":"Not ') WHERE ${where};`;

const swap = (one: string, other: string): string => `
  CREATE TEMP TABLE places AS SELECT record_id, version, xid, seq FROM hms.changes WHERE (${one}) OR (${other});
  UPDATE hms.changes SET seq = -seq WHERE (${one}) OR (${other});
  UPDATE hms.changes c SET (xid, seq) = (SELECT p.xid, p.seq FROM places p WHERE p.record_id <> c.record_id OR p.version <> c.version)
  WHERE (${one}) OR (${other});`;

/** What is found of an attack, and what the script says of an export; it cannot see the records themselves. */
type Case = [attack: string, statements: string, finding: object, script: RegExp];

describe('tampering with the log, as a superuser', () => {
  let sound: AuditFixture;
  let early: AuditFixture;
  let log: AuditFixture;

  /** Nine entries: five under the first checkpoint, three more under the second, one under none. */
  beforeAll(async () => {
    sound = await AuditFixture.create();
    await sound.make('a', 'b', 'c');
    await sound.change('a', 'Second');
    await sound.change('b', 'Second');
    await sound.sign();
    early = await AuditFixture.create(sound);
    sound = await reopen(sound);
    await sound.change('a', 'Third');
    await sound.superuser.query(`UPDATE policies SET deleted_at = now() WHERE id = 'c'`);
    await sound.change('b', 'Third');
    await sound.sign();
    await sound.change('a', 'Fourth');
  });

  beforeEach(async () => {
    log = await AuditFixture.create(sound);
  });

  afterEach(() => log.drop());

  afterAll(async () => {
    await sound.drop();
    await early.drop();
  });

  it('is not found where there was none', async () => {
    expect(await log.verify()).toEqual({ findings: [], entries: 9, removed: 0, covered: 8 });
    expect(await log.verifyExport()).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^verified: 9 entries, 8 of them under a checkpoint/) as string,
    });
  });

  const a2 = `record_id = 'a' AND version = 2`;
  const cases: Case[] = [
    ['a document', rename(a2), { kind: 'hash', id: 'a', version: 2 }, /^hash: policies hhs\/a version 2/],
    [
      'an actor',
      `UPDATE hms.changes SET actor = 'somebody' WHERE ${a2}`,
      { kind: 'hash', id: 'a', version: 2 },
      /^hash: policies hhs\/a version 2/m,
    ],
    [
      'a time',
      `UPDATE hms.changes SET changed_at = changed_at + interval '1 microsecond' WHERE ${a2}`,
      { kind: 'hash', id: 'a', version: 2 },
      /^hash: policies hhs\/a version 2/m,
    ],
    [
      'a hash',
      `UPDATE hms.changes SET hash = sha256('x') WHERE ${a2}`,
      { kind: 'hash', id: 'a', version: 2 },
      /^hash: policies hhs\/a version 2/m,
    ],
    [
      'a document with its hash',
      rename(a2) + rehash(a2),
      { kind: 'rewritten' },
      /^rewritten: entries 1 to 5/m,
    ],
    [
      'a document of another record, with all hashes after it',
      `UPDATE hms.changes SET document = (SELECT document FROM hms.changes WHERE record_id = 'b' AND version = 2) WHERE ${a2};
       ${rehash(`record_id = 'a'`)}`,
      { kind: 'document', id: 'a', version: 2 },
      /^document: policies hhs\/a version 2/m,
    ],
    [
      'a removed entry in the middle',
      `DELETE FROM hms.changes WHERE ${a2}`,
      { kind: 'rewritten' },
      /^rewritten: entries 1 to 5/m,
    ],
    [
      'removed last entries',
      `DELETE FROM hms.changes WHERE seq > 7`,
      { kind: 'truncated' },
      /^truncated: there are 7 entries, but the checkpoint of \S+ is over 8/m,
    ],
    [
      'a removed record',
      `DELETE FROM hms.changes WHERE record_id = 'c'; DELETE FROM policies WHERE id = 'c'`,
      { kind: 'rewritten' },
      /^rewritten: entries 1 to 5/m,
    ],
    [
      'two entries swapped',
      swap(`record_id = 'b' AND version = 1`, `record_id = 'c' AND version = 1`),
      { kind: 'rewritten' },
      /^rewritten: entries 1 to 5/m,
    ],
    [
      'two versions of a record swapped',
      swap(`record_id = 'a' AND version = 1`, a2),
      { kind: 'order', id: 'a', version: 2 },
      /^gap: policies hhs\/a version 2/m,
    ],
    [
      'the chain of a record from the middle on, consistently',
      `${rename(`record_id = 'a' AND version >= 3`)} ${rehash(`record_id = 'a' AND version >= 3`)}
       UPDATE policies SET title = 'Not ' || title WHERE id = 'a'`,
      { kind: 'rewritten', detail: expect.stringContaining('entries 6 to 8') as string },
      /^rewritten: entries 6 to 8/m,
    ],
    [
      'all after the first checkpoint, consistently',
      `${rename('seq > 5')} ${rehash('seq > 5')} UPDATE policies SET title = 'Not ' || title`,
      { kind: 'rewritten', detail: expect.stringContaining('entries 6 to 8') as string },
      /^rewritten: entries 6 to 8/m,
    ],
    [
      'an entry put before all others',
      `INSERT INTO hms.changes (seq, xid, resource, agency, record_id, version, action, schema_revision, document,
         actor, login, context, changed_at, hash)
       SELECT -5, '0', resource, agency, 'd', 1, action, 1, replace(document, '"a"', '"d"'), actor, login, context,
         changed_at, '' FROM hms.changes WHERE record_id = 'a' AND version = 1;
       INSERT INTO policies (agency, id, title, created_at, updated_at, version)
       SELECT agency, 'd', title, created_at, created_at, 1 FROM policies WHERE id = 'a';
       UPDATE policies SET title = 'First' WHERE id = 'd'; ${rehash(`record_id = 'd'`)}`,
      { kind: 'rewritten' },
      /^rewritten: entries 1 to 5/m,
    ],
    [
      'an entry hidden from checkpoints by a transaction number to come',
      `UPDATE hms.changes SET xid = '999999999' WHERE record_id = 'a' AND version = 4`,
      { kind: 'order', id: 'a', version: 4 },
      /^verified: /m,
    ],
    [
      'a record beside its log',
      `UPDATE policies SET title = 'Other' WHERE id = 'a'`,
      { kind: 'document', id: 'a', version: 4 },
      /^verified: /m,
    ],
    [
      'a record that is removed from its table',
      `DELETE FROM policies WHERE id = 'a'`,
      { kind: 'document', id: 'a', version: 1 },
      /^verified: /m,
    ],
    [
      'a record made beside the log',
      `INSERT INTO policies (agency, id, title, version, created_at, updated_at) VALUES ('hhs', 'd', 'x', 1, now(), now())`,
      { kind: 'gap', id: 'd', version: 1 },
      /^verified: /m,
    ],
  ];

  it.each(cases)('is found and named: %s', async (_attack, statements, finding, script) => {
    await log.tamper(statements);
    const { findings } = await log.verify();
    expect(findings).toContainEqual(expect.objectContaining(finding));
    expect((await log.verifyExport()).output).toMatch(script);
  });

  it('names the version after the gap where an entry was removed in the middle', async () => {
    await log.tamper(`DELETE FROM hms.changes WHERE ${a2}`);
    const { findings } = await log.verify();
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'gap', id: 'a', version: 3 }));
  });

  it('names the broken link where one entry was rewritten with its hash', async () => {
    await log.tamper(rename(a2) + rehash(a2));
    const { findings } = await log.verify();
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'link', id: 'a', version: 3 }));
  });

  it('is found when an old backup is put back, and is not signed', async () => {
    log = await log.putBack(early);
    expect((await log.verify()).findings).toMatchObject([{ kind: 'truncated' }]);
    expect((await log.verifyExport()).output).toMatch(/^truncated: /);
    await expect(log.writer().turn()).rejects.toMatchObject({ kind: 'truncated' });
    for (const title of ['x', 'y', 'z', 'w']) await log.change('a', title);
    expect((await log.verify()).findings).toMatchObject([{ kind: 'rewritten' }]);
    await expect(log.writer().turn()).rejects.toMatchObject({ kind: 'rewritten' });
  });

  it('is not signed when what was signed before was changed', async () => {
    await log.tamper(`${rename(a2)} ${rehash(`record_id = 'a'`)}`);
    const before = readFileSync(log.log().file.path, 'utf8');
    await expect(log.writer().turn()).rejects.toMatchObject({ kind: 'rewritten' });
    expect(readFileSync(log.log().file.path, 'utf8')).toBe(before);
  });

  it('is found when a checkpoint is forged with another key', async () => {
    const last = await log.log().last();
    if (!last) throw new Error('There is no checkpoint.');
    const forged = signCheckpoint({ ...last, size: 9, previous: last.hash }, foreignKeys().signing);
    await log.log().file.append(forged.note);
    expect((await log.verify()).findings).toMatchObject([{ kind: 'signature' }]);
    expect((await log.verifyExport()).output).toMatch(/^signature: /);
    await expect(log.writer().turn()).rejects.toMatchObject({ kind: 'signature' });
  });

  it('is found when a checkpoint is altered, removed or moved to another log', async () => {
    const { path } = log.log().file;
    const [first = '', second = ''] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, `${first.replace('\\n5\\n', '\\n4\\n')}\n${second}\n`);
    expect((await log.verify()).findings[0]).toMatchObject({ kind: 'signature' });
    writeFileSync(path, `${second}\n`);
    expect((await log.verify()).findings).toMatchObject([{ kind: 'checkpoint' }]);
    expect((await log.verifyExport()).output).toMatch(/^checkpoint: /);
    writeFileSync(path, first.replaceAll('hms/policy/', 'hms/market/'));
    expect((await log.verify()).findings[0]).toMatchObject({ kind: 'signature' });
  });

  it('is suspected when there is no checkpoint at all', async () => {
    const { path } = log.log().file;
    writeFileSync(path, '');
    expect((await log.verify()).findings).toMatchObject([{ kind: 'unsigned' }]);
    await expect(log.writer().turn()).rejects.toMatchObject({ kind: 'unsigned' });
  });

  it('is no tampering that a crash cut the last checkpoint short', async () => {
    appendFileSync(join(log.directory, 'policy.checkpoints.ndjson'), '{"checkpoint":"hms/pol');
    expect((await log.writer().turn()).written?.size).toBe(9);
    expect(await log.verify()).toEqual({ findings: [], entries: 9, removed: 0, covered: 9 });
  });
});

/** A fixture that was closed to be copied. */
async function reopen(fixture: AuditFixture): Promise<AuditFixture> {
  const copy = await AuditFixture.create(fixture);
  await fixture.drop();
  return copy;
}
