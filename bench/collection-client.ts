import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';

/** A client of the collection actions of `/api/policies`. Each method returns the bytes that it moved. */
export class CollectionClient {
  private readonly headers: Record<string, string>;

  /** @param token value of `Authorization` */
  constructor(
    private readonly url: string,
    token: string,
  ) {
    this.headers = { Authorization: token };
  }

  async import(file: string, mode: 'create' | 'upsert'): Promise<number> {
    const stream = createReadStream(file);
    const response = await fetch(`${this.url}/api/policies:import?mode=${mode}`, {
      method: 'POST',
      headers: { ...this.headers, 'Content-Type': 'application/x-ndjson' },
      body: Readable.toWeb(stream) as ReadableStream,
      duplex: 'half',
    });
    const summary = (await response.json()) as { refused: number };
    if (summary.refused > 0) throw new Error(`Lines were refused: ${JSON.stringify(summary)}`);
    return stream.bytesRead;
  }

  async export(query: string): Promise<number> {
    const response = await fetch(`${this.url}/api/policies:export?${query}`, {
      headers: this.headers,
    });
    let bytes = 0;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) bytes += chunk.length;
    return bytes;
  }

  /** Sends so many requests with so many operations each, one after the other. */
  async bulk(op: 'create' | 'update', requests: number, size: number): Promise<number> {
    let bytes = 0;
    for (let request = 0; request < requests; request++) {
      const operations = Array.from({ length: size }, (_, n) => {
        const id = `bulk-${request}-${n}`;
        const data =
          op === 'create' ? record(id, 'plain') : { description: 'Eligible for benefit, by another rule' };
        return { op, id, data };
      });
      const body = JSON.stringify({ atomic: true, operations });
      bytes += body.length;
      const response = await fetch(`${this.url}/api/policies:bulk`, {
        method: 'POST',
        headers: { ...this.headers, 'Content-Type': 'application/json' },
        body,
      });
      if (response.status !== 200) throw new Error(await response.text());
      await response.arrayBuffer();
    }
    return bytes;
  }
}

/** What a record of the benchmark holds: `plain` without rules, which the database takes longest to check. */
export type RecordKind = 'plain' | 'ruled';

const record = (id: string, kind: RecordKind) => ({
  id,
  title: `Winter heating allowance ${id}`,
  description: 'Eligible for benefit through Dec 2025',
  ...(kind === 'ruled' && { rules: { all: [{ op: 'lt', fact: 'householdIncome', value: 24_000 }] } }),
  tags: ['energy', 'winter'],
});

/** Writes so many records as lines of JSON. */
export async function writeRecords(file: string, records: number, kind: RecordKind): Promise<void> {
  const stream = createWriteStream(file);
  for (let n = 1; n <= records; n++)
    if (!stream.write(`${JSON.stringify(record(`${kind}-${n}`, kind))}\n`)) await once(stream, 'drain');
  stream.end();
  await once(stream, 'finish');
}
