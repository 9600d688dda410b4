import { startApp, type TestApp } from '../support/app.js';
import { superuserPool } from '../support/cluster.js';
import { until } from '../support/gate.js';

describe('A record that many change at once', () => {
  let service: TestApp;

  beforeEach(async () => {
    service = await startApp({ DATABASE_POOL_SIZE: '2' });
    for (const id of ['hot', 'cold'])
      await service.request('POST', '/api/policies', { body: { id, title: id } });
  });

  afterEach(() => service.close());

  const put = (id: string, title: string) =>
    service.request('PUT', `/api/policies/${id}`, { body: { title } });

  it('keeps one connection, and the others are changed meanwhile', async () => {
    const pool = superuserPool(service.databases.names.policy);
    const holder = await pool.connect();
    await holder.query("BEGIN; SELECT FROM policies WHERE id = 'hot' FOR UPDATE");
    const waiting = Array.from({ length: 10 }, (_, index) => put('hot', `title ${index}`));
    await until('the first of them waits', async () => {
      const { rowCount } = await pool.query(
        "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rowCount === 1;
    });
    const answered = await Promise.race([put('cold', 'changed'), ...waiting]);
    expect([answered.status, answered.body['id']]).toEqual([200, 'cold']);
    await holder.query('COMMIT');
    holder.release();
    await pool.end();
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(answers.map(({ body }) => Number(body['version'])).toSorted((a, b) => a - b)).toEqual(
      answers.map((_, index) => index + 2),
    );
  });
});
