import { developmentIssuer } from '../src/platform/auth/development-issuer.js';
import type { BenchDatabase } from './bench-database.js';
import { agency } from './records.js';

/** The environment variables that lead the service to the databases of the benchmark. */
export function databaseVariables({ addresses: { policy, market } }: BenchDatabase): Record<string, string> {
  return {
    POLICY_DATABASE_URL: policy.url,
    POLICY_MIGRATION_URL: policy.migrationUrl,
    MARKET_DATABASE_URL: market.url,
    MARKET_MIGRATION_URL: market.migrationUrl,
  };
}

/** A value of `Authorization` that a service with this `DATA_DIR` accepts. */
export function authorization(dataDirectory: string, scopes: readonly string[]): string {
  const token = developmentIssuer(dataDirectory).sign({
    subject: 'benchmark',
    agency,
    scopes,
    lifetime: 12 * 3600,
  });
  return `Bearer ${token}`;
}
