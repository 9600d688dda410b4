import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Pool } from 'pg';
import type { DatabaseName } from '../config/settings.js';
import { DatabaseAddresses } from '../database/database-addresses.js';
import { HttpServerAdapter } from '../http/http-server.js';
import { surviveLostConnections } from '../database/pg-pool.js';
import { answerWithin } from './answer-within.js';

/** Milliseconds within which a database must answer. */
const patience = 1000;

export interface Readiness {
  readonly status: 'ok' | 'draining' | 'unavailable';
  readonly databases?: Readonly<Record<DatabaseName, 'ok' | 'no answer'>>;
}

/**
 * Asks both databases whether they answer. Each has a connection of its own for that: requests that wait
 * for a connection of the service's pools do not make it look unready.
 */
@Injectable()
export class ReadinessService implements OnApplicationShutdown {
  private readonly pools: Readonly<Record<DatabaseName, Pool>>;
  private current?: Promise<Readiness>;

  constructor(
    addresses: DatabaseAddresses,
    private readonly host: HttpAdapterHost,
  ) {
    this.pools = { policy: healthPool(addresses.policy.url), market: healthPool(addresses.market.url) };
  }

  /** Never rejects. Callers at the same time share one check. */
  async check(): Promise<Readiness> {
    const adapter: unknown = this.host.httpAdapter;
    if (adapter instanceof HttpServerAdapter && adapter.draining) return { status: 'draining' };
    this.current ??= this.askAll().finally(() => delete this.current);
    return this.current;
  }

  private async askAll(): Promise<Readiness> {
    const [policy, market] = await Promise.all([ask(this.pools.policy), ask(this.pools.market)]);
    const status = policy === 'ok' && market === 'ok' ? 'ok' : 'unavailable';
    return { status, databases: { policy, market } };
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.pools).map((pool) => pool.end()));
  }
}

function healthPool(connectionString: string): Pool {
  const pool = new Pool({
    connectionString,
    max: 1,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
    idleTimeoutMillis: 60_000,
    application_name: 'hms-health',
  });
  // A lost idle connection is what the next check finds out.
  surviveLostConnections(pool);
  return pool;
}

async function ask(pool: Pool): Promise<'ok' | 'no answer'> {
  return (await answerWithin(patience, pool.query('SELECT 1'))) ? 'ok' : 'no answer';
}
