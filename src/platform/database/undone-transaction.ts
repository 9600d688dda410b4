import type { DataSource, EntityManager } from 'typeorm';

/** Does work with an entity manager, in a transaction that is undone in any case. */
export async function undoneTransaction<Result>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<Result>,
): Promise<Result> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction('READ COMMITTED');
    try {
      const result = await work(runner.manager);
      await runner.query('SET CONSTRAINTS ALL IMMEDIATE');
      return result;
    } finally {
      await runner.rollbackTransaction();
    }
  } finally {
    await runner.release();
  }
}
