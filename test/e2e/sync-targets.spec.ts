import { deliveryClient, PlainHttpGuard } from '../support/delivery-client.js';
import { findFaults } from '../support/delivery-oracle.js';
import { until } from '../support/gate.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

describe('sync targets', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  it('follows the configured URL', async () => {
    const first = await sync.engine();
    await sync.create('p1');
    await sync.caughtUp();
    await first.stop();
    const moved = `${sync.receiver.url}?moved`;
    const second = await sync.engine({ target: { url: moved, secret, name: 'environment' } });
    const { rows } = await sync.superuser.query('SELECT url FROM hms.sync_targets');
    expect(rows).toEqual([{ url: moved.replace('{resource}', 'policies') }]);
    await second.stop();
  });

  it('refuses to start beside a process with another address or secret, or with none', async () => {
    await sync.engine();
    const { target: _, ...none } = sync.settings();
    const url = `${sync.receiver.url}?other`;
    const other = { name: 'environment', url: sync.receiver.url, secret: `whsec_${'A'.repeat(44)}` } as const;
    await Promise.all(
      [
        { ...none, target: undefined },
        { target: { name: 'environment', url, secret } },
        { target: other },
      ].map((settings) =>
        expect(sync.engine(settings as never)).rejects.toThrow('has another SYNC_URL or SYNC_SECRET'),
      ),
    );
    await sync.engine();
    await sync.create('p1');
    await sync.caughtUp();
    expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
    const { rows } = await sync.superuser.query<{ settings: string }>(
      'SELECT settings FROM hms.sync_instances',
    );
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(sync.receiver.url);
    expect(JSON.stringify(rows)).not.toContain(secret.slice(6));
  });

  it('waits for an instance that died without a word to be silent for long enough', async () => {
    await sync.superuser.query(
      `INSERT INTO hms.sync_instances (id, settings, seen_at)
       VALUES (gen_random_uuid(), 'other', clock_timestamp() - interval '8 seconds')`,
    );
    await sync.engine();
    const { rows } = await sync.superuser.query('SELECT settings FROM hms.sync_instances');
    expect(rows).toEqual([{ settings: expect.not.stringMatching('other') as string }]);
  });

  it('pauses the target of a variable that is gone, says so, and goes on when it is back', async () => {
    const first = await sync.engine();
    await first.stop();
    const { target: _, ...none } = sync.settings();
    const without = await sync.engine({ ...none, target: undefined } as never);
    await sync.create('p1');
    const target = async (): Promise<unknown> => {
      const { rows } = await sync.superuser.query('SELECT paused, paused_reason FROM hms.sync_targets');
      return rows[0];
    };
    expect(await target()).toEqual({ paused: true, paused_reason: 'SYNC_URL is not set' });
    expect(sync.warnings).toEqual([
      expect.stringContaining('Sync of policies to environment is paused, as SYNC_URL is not set'),
    ]);
    await without.stop();
    expect(sync.receiver.received).toEqual([]);
    await sync.engine();
    expect(await target()).toEqual({ paused: false, paused_reason: null });
    await sync.caughtUp();
    expect(await findFaults(sync.receiver, sync.superuser, secret)).toEqual([]);
  });

  it('leaves a target paused that an administrator paused, and keeps its changes', async () => {
    const first = await sync.engine();
    await first.stop();
    await sync.superuser.query("UPDATE hms.sync_targets SET paused = true, paused_reason = 'a move'");
    await sync.engine({ target: { url: `${sync.receiver.url}?moved`, secret, name: 'environment' } });
    await sync.create('p1');
    const { rows } = await sync.superuser.query('SELECT paused FROM hms.sync_targets');
    expect(rows).toEqual([{ paused: true }]);
    expect(await sync.cursor('p1')).toMatchObject({ delivered_version: 0, claim: null });
  });

  it('does not use the demo where a real target exists', async () => {
    const real = await sync.engine();
    await real.stop();
    await sync.engine({ target: { url: 'http://127.0.0.1:9/{resource}', secret, name: 'demo' } });
    const { rows } = await sync.superuser.query('SELECT name FROM hms.sync_targets');
    expect(rows).toEqual([{ name: 'environment' }]);
    expect(sync.warnings).toContainEqual(expect.stringContaining('does not use the demo'));
  });

  it('removes the demo and its cursors when a real target is configured', async () => {
    const demo = await sync.engine({ target: { url: sync.receiver.url, secret, name: 'demo' } });
    await sync.create('p1');
    await sync.caughtUp();
    await demo.stop();
    await sync.engine();
    const left = async (): Promise<unknown[]> => {
      const { rows } = await sync.superuser.query<{ name: string | null }>(
        'SELECT DISTINCT t.name FROM hms.sync_cursors c FULL JOIN hms.sync_targets t ON t.id = c.target_id',
      );
      return rows;
    };
    await until('the demo is gone', async () => (await left()).length === 1);
    expect(await left()).toEqual([{ name: 'environment' }]);
  });

  it('sends to an address that is not public once it is allowed for the target, and keeps the changes until then', async () => {
    const client = deliveryClient({ guard: new PlainHttpGuard() });
    const target = { url: sync.receiver.url, secret, name: 'environment' } as const;
    const held = await sync.engine({ target }, () => client);
    await sync.create('p1');
    await until('an attempt has failed', async () => (await sync.cursor('p1'))['last_error'] !== null);
    expect(await sync.cursor('p1')).toMatchObject({ last_status: null, last_error: 'address not allowed' });
    expect(sync.receiver.received).toEqual([]);
    await held.stop();
    await sync.engine({ target: { ...target, allowedNetworks: ['127.0.0.1'] } }, () => client);
    await sync.caughtUp();
    expect(sync.receiver.versionsOf('policies/hhs/p1')).toEqual([1]);
  });
});
