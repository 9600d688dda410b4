import type { DeliveryClient } from '../../src/platform/sync/delivery/delivery-client.js';
import { findFaults } from '../support/delivery-oracle.js';
import { until } from '../support/gate.js';
import { secret, SyncFixture } from '../support/sync-fixture.js';

describe('a record that a target refuses for good', () => {
  let sync: SyncFixture;

  beforeEach(async () => {
    sync = await SyncFixture.start();
  });

  afterEach(() => sync.end());

  const refusePoison = (status = 422): void => {
    sync.receiver.script = ({ record, version }) =>
      record.endsWith('/poison') && version === 1
        ? { status, body: `{"error":"no ${'x'.repeat(2_000)}"}` }
        : { status: 204 };
  };
  const held = (): Promise<void> =>
    until('it is held', async () => (await sync.cursor('poison'))['held_at'] !== null);

  it('is held after 8 attempts, with its new versions behind it, while the others flow', async () => {
    refusePoison();
    await sync.engine();
    await sync.create('poison');
    await sync.hasten('poison', 8);
    await held();
    for (let n = 0; n < 20; n += 1) await sync.create(`p${n}`);
    await sync.update('poison');
    await sync.update('poison');
    await sync.caughtUp();
    expect(await sync.cursor('poison')).toMatchObject({
      delivered_version: 0,
      latest_version: 3,
      attempts: 8,
      due_at: null,
      claim: null,
      last_status: 422,
    });
    expect(sync.receiver.versionsOf('policies/hhs/poison')).toEqual([1, 1]);
    expect(sync.receiver.accepted).toHaveLength(20);
    expect(sync.warnings).toEqual([
      expect.stringMatching(/version 1 of record poison of agency hhs is a dead letter: HTTP 422\./),
    ]);
    await until('the attempts are written', async () => {
      const { rows } = await sync.superuser.query<{ outcome: string; length: number }>(
        "SELECT outcome, length(answer) AS length FROM hms.sync_attempts WHERE record_id = 'poison' ORDER BY id",
      );
      return (
        JSON.stringify(rows) ===
        JSON.stringify([
          { outcome: 'failed', length: 1_000 },
          { outcome: 'held', length: 1_000 },
        ])
      );
    });
  });

  it('is skipped where the target goes on without it, and its newer versions are sent in order', async () => {
    refusePoison();
    await sync.prepareTarget("after_dead_letter = 'skip'");
    await sync.engine();
    await sync.create('poison');
    await sync.update('poison');
    await sync.update('poison');
    await sync.hasten('poison', 8);
    await sync.caughtUp();
    const faults = await findFaults(sync.receiver, sync.superuser, secret, {
      skipped: ({ id, version }) => id === 'poison' && version === 1,
    });
    expect(faults).toEqual([]);
    expect(await sync.cursor('poison')).toMatchObject({ delivered_version: 3, attempts: 0, held_at: null });
    expect(sync.warnings).toEqual([expect.stringContaining('It is skipped.')]);
  });

  it('is held after 20 attempts that say nothing of it, if the target takes others between them', async () => {
    refusePoison(500);
    await sync.engine();
    await sync.create('poison');
    for (let n = 0; Number((await sync.cursor('poison'))['attempts']) === 0; n += 1) {
      await sync.create(`p${n}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await sync.hasten('poison', 19);
    await until('the 19th failed', async () => (await sync.cursor('poison'))['attempts'] === 19);
    expect(await sync.cursor('poison')).toMatchObject({ held_at: null });
    await sync.create('another');
    await until('it is taken', async () => (await sync.cursor('another'))['delivered_version'] === 1);
    await sync.hasten('poison', 20);
    await held();
  });

  it('is held when no message can be made of it, and says nothing against the target', async () => {
    const broken = (client: DeliveryClient): Pick<DeliveryClient, 'post'> => ({
      post: (target, message) => {
        if (message.headers['ce-subject'] === 'poison') throw new Error('unspeakable');
        return client.post(target, message);
      },
    });
    await sync.engine({}, broken);
    await sync.create('poison');
    await sync.hasten('poison', 8);
    await held();
    await sync.create('p1');
    await sync.caughtUp();
    expect(await sync.cursor('poison')).toMatchObject({
      last_status: null,
      last_error: 'no message can be made',
    });
    expect(await sync.breaker()).toEqual({});
    expect(sync.receiver.accepted).toHaveLength(1);
  });
});
