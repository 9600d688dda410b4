import type { Pool } from 'pg';

/** A write that was answered with success. */
interface Acknowledged {
  readonly id: string;
  readonly version: number;
  /** The record as it was answered. */
  readonly document: string;
}

/** An answer other than success. */
export interface Refusal {
  readonly status: number;
  readonly type: string | null;
  readonly retryAfter: string | null;
  readonly text: string;
}

/** Writes policies through the API, and remembers what came of each request. */
export class AcknowledgedWrites {
  readonly acknowledged: Acknowledged[] = [];
  readonly refused: Refusal[] = [];
  /** Requests that got no answer, or not a whole one: whether they count is unknown. */
  readonly broken: string[] = [];
  private count = 0;

  constructor(private readonly token: () => string) {}

  async create(url: string, ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.send('POST', `${url}/api/policies`, { id, title: `${id} new` })));
  }

  /** Changes a policy. Never rejects. */
  async update(url: string, id: string): Promise<void> {
    this.count += 1;
    await this.send('PUT', `${url}/api/policies/${id}`, { title: `${id} change ${this.count}` });
  }

  /**
   * What the log of PolicyDB lacks, or has wrong:
   *
   * - every acknowledged version is there, as it was answered;
   * - each record's versions are 1, 2, … n without a gap, and the last is the row as it is now;
   * - there is no version of a record that is not there.
   */
  async findLogFaults(database: Pool): Promise<string[]> {
    const { rows } = await database.query<Acknowledged>(
      "SELECT record_id AS id, version, document FROM hms.changes WHERE resource = 'policies'",
    );
    const log = new Map(rows.map(({ id, version, document }) => [`${id} ${version}`, document]));
    const faults = this.acknowledged
      .filter(({ id, version, document }) => log.get(`${id} ${version}`) !== document)
      .map(({ id, version }) => `${id}: version ${version} was acknowledged and is not in the log`);
    const gaps = await database.query<{ id: string }>(
      `SELECT coalesce(p.id, c.record_id) AS id FROM public.policies p
       FULL JOIN (SELECT * FROM hms.changes WHERE resource = 'policies') c
         ON c.agency = p.agency AND c.record_id = p.id
       GROUP BY p.agency, p.id, c.record_id
       HAVING p.id IS NULL OR count(c.version) <> p.version OR max(c.version) <> p.version OR min(c.version) <> 1
         OR max(c.document) FILTER (WHERE c.version = p.version) <> hms.policies_document(p)::text`,
    );
    return [...faults, ...gaps.rows.map(({ id }) => `${id}: log and row disagree`)];
  }

  private async send(method: string, url: string, body: object): Promise<void> {
    try {
      const response = await fetch(url, {
        method,
        headers: { Authorization: `Bearer ${this.token()}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
      const text = await response.text();
      if (!response.ok) {
        const { status, headers } = response;
        this.refused.push({
          status,
          type: headers.get('content-type'),
          retryAfter: headers.get('retry-after'),
          text,
        });
        return;
      }
      const { id, version } = JSON.parse(text) as { id: string; version: number };
      this.acknowledged.push({ id, version, document: text });
    } catch (error) {
      this.broken.push(error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error));
    }
  }
}
