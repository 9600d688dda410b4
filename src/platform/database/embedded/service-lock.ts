import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';

/** Key of the advisory lock on the maintenance database; any constant will do. */
const key = 4_871_302;
/** Milliseconds that the session of a process which was just killed may take to end. */
const patience = 1_000;

/**
 * The mark of the one service that works with an embedded server: a lock of a session, which ends with the
 * process however that ends.
 */
export class ServiceLock {
  private constructor(private readonly client: Client) {}

  /**
   * Takes the lock; undefined when another service holds it.
   *
   * @param url the maintenance database, as superuser
   * @param lost called once when the session ends without {@link release}
   */
  static async take(url: string, lost: () => void): Promise<ServiceLock | undefined> {
    const client = new Client({
      connectionString: url,
      application_name: 'hms-service-lock',
      keepAlive: true,
    });
    // The end of the session is what counts, and is told by 'end'; without a listener this would end the process.
    client.on('error', () => undefined);
    try {
      await client.connect();
      const deadline = Date.now() + patience;
      while (!(await tryLock(client))) {
        if (Date.now() > deadline) {
          await client.end();
          return undefined;
        }
        await pause(50);
      }
    } catch (error) {
      void client.end().catch(() => undefined);
      throw error;
    }
    const lock = new ServiceLock(client);
    client.once('end', () => {
      if (!lock.released) lost();
    });
    return lock;
  }

  private released = false;

  /** From here on the end of the session is expected; the lock lasts until the server stops. */
  expectEnd(): void {
    this.released = true;
  }

  async release(): Promise<void> {
    this.released = true;
    await this.client.end().catch(() => undefined);
  }
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [key]);
  return rows[0]?.held ?? false;
}
