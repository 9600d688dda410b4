import { request as httpRequest } from 'node:http';
import { type Answer, startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { type Gate, gate, until } from '../support/gate.js';
import { DeliveryWaiter } from '../../src/platform/sync/wait/delivery-waiter.js';
import { Receiver } from '../support/receiver.js';
import { secret } from '../support/sync-fixture.js';

describe('Prefer: wait', () => {
  let receiver: Receiver;
  /** What the target's answers wait for, once {@link holdAnswers} is called. */
  let answers: Gate;
  let service: TestApp;

  beforeAll(async () => {
    receiver = await Receiver.start();
    service = await startApp({ SYNC_URL: receiver.url, SYNC_SECRET: secret });
  });

  beforeEach(() => {
    answers = gate();
    receiver.script = () => ({ status: 204 });
  });

  afterEach(() => answers.open());

  afterAll(async () => {
    await service.close();
    await receiver.down();
  });

  const write = (method: string, path: string, wait: string, body?: object): Promise<Answer> =>
    service.request(method, `/api/policies${path}`, {
      headers: { Prefer: wait },
      ...(body && { body }),
    });

  const holdAnswers = (): void => {
    receiver.script = async () => {
      await answers.passed;
      return { status: 204 };
    };
  };

  const statusOf = ({ headers }: Answer): (string | null)[] => [
    headers.get('preference-applied'),
    headers.get('sync-status'),
  ];

  const waiting = (): number => service.app.get(DeliveryWaiter).waiting;

  const whileAllWait = (count: number): Promise<void> => until(`${count} wait`, () => waiting() === count);

  it('answers each kind of change once the target has it', async () => {
    const delivered = ['wait=20', 'delivered;targets=1;delivered=1'];
    const expectDelivered = (answer: Answer, status: number, version: number): void => {
      expect(answer.status).toBe(status);
      expect(statusOf(answer)).toEqual(delivered);
      expect(receiver.accepted.at(-1)).toMatchObject({ record: 'policies/hhs/a', version });
    };
    expectDelivered(await write('POST', '', 'wait=20', { id: 'a', title: 'one' }), 201, 1);
    expectDelivered(await write('PUT', '/a', 'wait=20', { title: 'two' }), 200, 2);
    expectDelivered(await write('PUT', '/a', 'wait=20', { title: 'two' }), 200, 2);
    expectDelivered(await write('PATCH', '/a', 'wait=20', { contact: { name: 'three' } }), 200, 3);
    expectDelivered(await write('DELETE', '/a', 'wait=20'), 204, 4);
    expectDelivered(await write('POST', '/a/restore', 'wait=20'), 200, 5);
    expectDelivered(await write('POST', '/a/versions/1/restore', 'wait=20'), 200, 6);
    expect(receiver.received).toHaveLength(6);
  });

  it('is not heeded without wait, on reads, and where nothing was changed', async () => {
    const unheeded = [null, null];
    expect(statusOf(await write('POST', '', 'return=minimal', { id: 'b', title: 'one' }))).toEqual(unheeded);
    expect(statusOf(await write('GET', '/b', 'wait=20'))).toEqual(unheeded);
    const refused = await write('POST', '', 'wait=20', { id: 'b', title: 'again' });
    expect([refused.status, ...statusOf(refused)]).toEqual([409, ...unheeded]);
  });

  it('says after N seconds that a slow target has not got the change, and not before', async () => {
    holdAnswers();
    const start = performance.now();
    const slow = await write('POST', '', 'wait=1', { id: 'c', title: 'one' });
    const took = performance.now() - start;
    expect(slow.status).toBe(201);
    expect(statusOf(slow)).toEqual(['wait=1', 'pending;targets=1;delivered=0']);
    expect(took).toBeGreaterThan(990);
    expect(took).toBeLessThan(5_000);
    answers.open();
    const later = await write('PUT', '/c', 'wait=20', { title: 'two' });
    expect(statusOf(later)).toEqual(['wait=20', 'delivered;targets=1;delivered=1']);
  });

  it('ends with the connection of the client', async () => {
    holdAnswers();
    const leaving = httpRequest(`${service.url}/api/policies`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${service.token()}`,
        'Content-Type': 'application/json',
        Prefer: 'wait=30',
      },
    });
    leaving.on('error', () => undefined);
    leaving.end(JSON.stringify({ id: 'e', title: 'one' }));
    await whileAllWait(1);
    leaving.destroy();
    await whileAllWait(0);
    expect((await service.request('GET', '/api/policies/e')).status).toBe(200);
  });

  it('keeps 200 clients waiting on no connection, and lets others through meanwhile', async () => {
    holdAnswers();
    const requests = Array.from({ length: 200 }, (_, index) =>
      write('POST', '', 'wait=30', { id: `r${index}`, title: 'one' }),
    );
    await whileAllWait(200);
    const start = performance.now();
    expect((await service.request('GET', '/api/policies/r0')).status).toBe(200);
    expect((await service.request('POST', '/api/policies', { body: { title: 'more' } })).status).toBe(201);
    expect(performance.now() - start).toBeLessThan(10_000);
    answers.open();
    for (const one of await Promise.all(requests))
      expect(statusOf(one)).toEqual(['wait=30', 'delivered;targets=1;delivered=1']);
    expect(waiting()).toBe(0);
  });

  it('says at once that a record is held, and counts the targets that have the change', async () => {
    await write('POST', '', 'wait=20', { id: 'd', title: 'one' });
    const database = superuserPool(service.databases.names.policy);
    await database.query('UPDATE hms.sync_cursors SET held_at = now(), due_at = NULL WHERE record_id = $1', [
      'd',
    ]);
    await database.query(
      `INSERT INTO hms.sync_targets (resource, name, url) VALUES ('policies', 'other', 'https://other.test')`,
    );
    await database.query(
      `INSERT INTO hms.sync_cursors (target_id, agency, record_id, latest_version, delivered_version)
       SELECT id, 'hhs', 'd', 1, 2 FROM hms.sync_targets WHERE name = 'other'`,
    );
    await database.end();
    const start = performance.now();
    const answer = await write('PUT', '/d', 'wait=20', { title: 'two' });
    expect(performance.now() - start).toBeLessThan(5_000);
    expect(statusOf(answer)).toEqual(['wait=20', 'held;targets=2;delivered=1;held=1']);
  });

  it('is answered at once when the service stops', async () => {
    holdAnswers();
    const answering = write('POST', '', 'wait=30', { id: 'g', title: 'one' });
    await whileAllWait(1);
    const start = performance.now();
    const stopping = service.app.close();
    const answer = await answering;
    expect(performance.now() - start).toBeLessThan(10_000);
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, 'wait=30']);
    expect(answer.headers.get('sync-status')).toMatch(/^pending/);
    expect(answer.headers.get('connection')).toBe('close');
    answers.open();
    await stopping;
  });

  it('is answered in time by a process that delivers nothing, and whose database is gone', async () => {
    await service.close();
    service = await startApp({ ROLE: 'api' });
    expect(statusOf(await write('POST', '', 'wait=20', { id: 'h', title: 'one' }))).toEqual([
      'wait=20',
      'none',
    ]);
    const database = superuserPool(service.databases.names.policy);
    await database.query(
      `INSERT INTO hms.sync_targets (resource, name, url) VALUES ('policies', 'other', 'https://other.test')`,
    );
    await database.end();
    const pending = write('PUT', '/h', 'wait=2', { title: 'two' });
    await whileAllWait(1);
    const superuser = superuserPool('postgres');
    await superuser.query(`DROP DATABASE ${service.databases.names.policy} WITH (FORCE)`);
    await superuser.end();
    const answer = await pending;
    expect([answer.status, ...statusOf(answer)]).toEqual([200, 'wait=2', 'pending;targets=1;delivered=0']);
  });
});
