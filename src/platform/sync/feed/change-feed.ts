import { Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { ProblemError } from '../../http/problems/problem.error.js';
import type { Change } from '../delivery/cursor-store.js';
import { messageOf } from '../delivery/message.js';
import { PayloadError } from '../payload.js';
import type { SyncedResource } from '../synced-resource.js';
import { decodePosition, encodePosition, type FeedPosition } from './feed-position.js';
import { endStatement, pageStatement, positionStatement } from './feed-statements.js';
import type { LogWatch } from './log-watch.js';

/** Rows of the log that are looked at for one page, however few of them are the caller’s. */
const window = 10_000;
/** Bytes of documents after which a page ends; the entry that passes this limit is the last. */
const pageBytes = 4 * 1024 * 1024;
/** Most callers that wait, in one process: all of them, and those of one agency. */
const mostWaiting = { all: 200, agency: 20 };

export interface FeedRequest {
  /** Undefined: the changes of all agencies. */
  readonly agency: string | undefined;
  readonly limit: number;
  /** `now`: from the end of the log on. Undefined: from its beginning. */
  readonly cursor?: string | undefined;
}

/** A part of the feed. */
export interface FeedPage {
  /** As JSON texts. */
  readonly items: readonly string[];
  readonly nextCursor: string;
  /** Whether there is more to be read at once. */
  readonly more: boolean;
}

interface FeedRow extends Change {
  readonly xid: string;
  readonly seq: string;
  readonly check: string;
  readonly agency: string;
  readonly recordId: string;
  /** Of the last row alone, which is no entry: how many rows were looked at. */
  readonly looked: string | null;
}

const beginning = { xid: '0', seq: '0', check: '' };

/**
 * The changes of one resource in the order of commits, for systems that cannot be reached. An entry is given
 * when no transaction is under way any more that could put one before it, so none is ever passed over.
 */
export class ChangeFeed {
  private readonly log = new Logger('Sync');

  constructor(
    private readonly resource: SyncedResource,
    private readonly pool: Pool,
    private readonly watch: LogWatch,
  ) {}

  /**
   * Reads on from a place. A page may have fewer entries than its limit, even none, and there may still be more.
   *
   * @throws {ProblemError} `invalid-parameter`, `cursor-expired`
   */
  async page(request: FeedRequest): Promise<FeedPage> {
    if (request.cursor === 'now')
      return { items: [], nextCursor: encodePosition(await this.end()), more: false };
    const from = await this.positionOf(request);
    const { rows } = await this.pool.query<FeedRow>({
      name: 'feed-page',
      text: pageStatement,
      values: [from.xid, from.seq, this.resource.name, request.agency, request.limit, window, pageBytes],
    });
    const entries = rows.filter(({ looked }) => looked === null);
    const last = rows.at(-1);
    return {
      items: entries.flatMap((entry) => this.item(entry) ?? []),
      nextCursor: encodePosition({ ...(last ?? from), retention: from.retention }),
      more: last !== undefined && (last.looked === null || Number(last.looked) === window),
    };
  }

  /**
   * The same; where there is nothing to read, waits until there is, at most so many milliseconds, or until the
   * caller has gone.
   *
   * @throws {ProblemError} `invalid-parameter`, `cursor-expired`; `unavailable` when too many wait
   */
  async waitForPage(request: FeedRequest, wait: number, gone: AbortSignal): Promise<FeedPage> {
    let page = await this.page(request);
    const deadline = performance.now() + wait;
    while (page.items.length === 0 && !page.more && performance.now() < deadline && !gone.aborted) {
      this.refuseCrowd(request.agency);
      const watcher = await this.watch.begin({ resource: this.resource.name, agency: request.agency });
      try {
        page = await this.page({ ...request, cursor: page.nextCursor });
        if (page.items.length > 0 || page.more) return page;
        await eitherOf(watcher.arrived, deadline - performance.now(), gone);
      } finally {
        this.watch.end(watcher);
      }
      page = await this.page({ ...request, cursor: page.nextCursor });
      if (this.watch.isStopped) return page;
    }
    return page;
  }

  /** @throws {ProblemError} `unavailable` */
  private refuseCrowd(agency: string | undefined): void {
    if (this.watch.count() < mostWaiting.all && this.watch.count(agency) < mostWaiting.agency) return;
    throw new ProblemError('unavailable', 'Too many requests wait for changes; ask without wait, or later.', {
      headers: { 'Retry-After': '5' },
    });
  }

  private async positionOf({ cursor, agency }: FeedRequest): Promise<FeedPosition> {
    if (cursor === undefined) return { ...beginning, retention: (await this.end()).retention };
    const position = decodePosition(cursor);
    const { rows } = await this.pool.query<{ known: boolean; removed: boolean; retention: number }>({
      name: 'feed-position',
      text: positionStatement,
      values: [position.xid, position.seq, position.check, position.retention, this.resource.name, agency],
    });
    const { known = false, removed = false, retention = 0 } = rows[0] ?? {};
    if (!known)
      throw new ProblemError(
        'cursor-expired',
        'The entry of this cursor is not in the log: the database was restored. Compare with the manifest, and go on from cursor=now.',
      );
    if (removed)
      throw new ProblemError(
        'cursor-expired',
        'Entries after this cursor were removed before they were read. Compare with the manifest, and go on from cursor=now.',
      );
    return { ...position, retention };
  }

  private async end(): Promise<FeedPosition> {
    const { rows } = await this.pool.query<FeedPosition>({ name: 'feed-end', text: endStatement });
    return rows[0] ?? { ...beginning, retention: 0 };
  }

  /** What a webhook carries; undefined: no message can be made of this entry, which must not stop the others. */
  private item(entry: FeedRow): string | undefined {
    const { agency, recordId, version, changedAt } = entry;
    try {
      const { id, body, headers } = messageOf({ resource: this.resource }, { ...entry, resync: null }, entry);
      const head = JSON.stringify({ id, type: headers['ce-type'], time: changedAt, sequence: version });
      return `${head.slice(0, -1)},"body":${body}}`;
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error;
      this.log.error(
        `The feed of ${this.resource.name} leaves out version ${version} of record ${recordId} of agency ` +
          `${agency}: ${error.message} at ${error.place}`,
      );
      return undefined;
    }
  }
}

async function eitherOf(arrived: Promise<void>, milliseconds: number, gone: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  gone.addEventListener('abort', () => resolve());
  await Promise.race([arrived, promise]);
  clearTimeout(timer);
}
