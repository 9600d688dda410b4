import type { Pool } from 'pg';
import type { DatabaseName } from '../../config/settings.js';
import {
  type Acknowledgement,
  type AcknowledgementResult,
  type Claim,
  CursorStore,
} from '../delivery/cursor-store.js';
import type { SyncObserver } from './sync-observer.js';

/** A cursor store that tells an observer of its claims, and of acknowledgements that came too late. */
export class ObservedCursorStore extends CursorStore {
  constructor(
    pool: Pool,
    private readonly database: DatabaseName,
    private readonly observer: SyncObserver,
  ) {
    super(pool);
  }

  override async claim(...parameters: Parameters<CursorStore['claim']>): Promise<Claim[]> {
    const start = performance.now();
    const claims = await super.claim(...parameters);
    this.observer.claimed(this.database, claims.length, (performance.now() - start) / 1000);
    return claims;
  }

  override async acknowledge(batch: readonly Acknowledgement[]): Promise<AcknowledgementResult[]> {
    const results = await super.acknowledge(batch);
    const fenced = results.filter((result) => result === 'fenced').length;
    if (fenced > 0) this.observer.fenced(this.database, fenced);
    return results;
  }
}
