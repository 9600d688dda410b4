import { Client, type ClientConfig, type QueryConfig, type QueryResultRow } from 'pg';

/**
 * A connection that sends each statement at once, behind those that still wait for their answers, and opens
 * again after it was lost. Each statement is a transaction of its own and fails alone; a connection that is
 * lost fails all that are under way.
 */
export class PipelinedConnection {
  private client: Promise<Client> | undefined;
  private waiting = 0;

  constructor(private readonly options: ClientConfig) {}

  /** Number of statements whose answers have not come yet. */
  get underWay(): number {
    return this.waiting;
  }

  async query<Row extends QueryResultRow>(statement: QueryConfig): Promise<Row[]> {
    this.waiting += 1;
    try {
      const client = await (this.client ?? this.open());
      return (await client.query<Row>(statement)).rows;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Waits for the answers to what is under way, and closes. */
  async end(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    await client?.end();
  }

  private open(): Promise<Client> {
    const client = new Client({ ...this.options, pipeline: true });
    const opening = client.connect().then(() => client);
    const forget = (): void => {
      if (this.client === opening) this.client = undefined;
    };
    // Heard each time: an error that nobody listens for would end the process.
    client.on('error', forget).on('end', forget);
    opening.catch(forget);
    this.client = opening;
    return opening;
  }
}
