import 'reflect-metadata';
import { join, resolve } from 'node:path';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { networkProblem } from '../network/allowed-networks.js';
import { Environment } from './environment.js';
import type {
  DatabaseAddress,
  EncryptionKeySettings,
  IssuerSettings,
  RateLimit,
  Settings,
} from './settings.js';
import { StartupError } from './startup.error.js';
import { syncUrlProblems } from './sync-url.js';

/** In milliseconds. */
const day = 24 * 3600 * 1000;

/**
 * Reads and checks the settings.
 *
 * @param variables the environment; an empty value counts as unset
 * @throws {StartupError} naming every variable that is wrong, and what it must be
 */
export function readSettings(variables: Record<string, string | undefined>): Settings {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value?.trim()));
  const environment = plainToInstance(Environment, given, {
    excludeExtraneousValues: true,
    exposeDefaultValues: true,
  });
  const problems = validateSync(environment).map(
    ({ property, constraints }) => `${property} ${Object.values(constraints ?? {})[0]}.`,
  );
  problems.push(...contradictions(environment));
  if (problems.length > 0) throw new StartupError(`Bad environment: ${problems.join(' ')}`);
  return toSettings(environment);
}

function contradictions(environment: Environment): string[] {
  const problems: string[] = [];
  const production = environment.NODE_ENV === 'production';
  for (const name of ['POLICY', 'MARKET'] as const) {
    if (environment[`${name}_MIGRATION_URL`] && !environment[`${name}_DATABASE_URL`])
      problems.push(`${name}_MIGRATION_URL is set without ${name}_DATABASE_URL; set both or neither.`);
    if (production && !environment[`${name}_DATABASE_URL`])
      problems.push(
        `${name}_DATABASE_URL must be set in production; the embedded database is for development.`,
      );
  }
  if (environment.SYNC_URL && !environment.SYNC_SECRET)
    problems.push(
      'SYNC_SECRET must be set with SYNC_URL; make one with: echo whsec_$(openssl rand -base64 32).',
    );
  problems.push(...receiverProblems(environment, production));
  const keyIds = encryptionKeys(environment.SYNC_ENCRYPTION_KEYS).map(({ id }) => id);
  if (new Set(keyIds).size < keyIds.length)
    problems.push('SYNC_ENCRYPTION_KEYS must give each key a name of its own.');
  if (environment.SYNC_LEASE < environment.SYNC_TIMEOUT + 0.2)
    problems.push('SYNC_LEASE must exceed SYNC_TIMEOUT by at least 0.2 seconds.');
  // A dispatcher signs no checkpoints, so it need not have the key.
  if (production && environment.ROLE !== 'dispatcher' && !environment.AUDIT_KEY_FILE)
    problems.push(
      'AUDIT_KEY_FILE must be set in production; make one with: openssl genpkey -algorithm ed25519 -out audit-key.pem.',
    );
  if (production && environment.AUDIT_WITNESS_URL?.startsWith('http:'))
    problems.push('AUDIT_WITNESS_URL must be https in production.');
  if (production && !environment.JWT_ISSUER)
    problems.push('JWT_ISSUER must be set in production; the local issuer is for development.');
  if (environment.JWT_ISSUER) problems.push(...issuerProblems(environment, production));
  else if (!production) problems.push(...withoutIssuer(environment));
  return problems;
}

function receiverProblems(environment: Environment, production: boolean): string[] {
  const networks = namesIn(environment.SYNC_ALLOWED_NETWORKS);
  const problems = networks.flatMap((network) => networkProblem(network) ?? []);
  if (problems.length > 0) return problems.map((problem) => `SYNC_ALLOWED_NETWORKS ${problem}.`);
  return environment.SYNC_URL ? syncUrlProblems(environment.SYNC_URL, networks, production) : [];
}

/** Who sets these and forgets the issuer would get the development issuer in place of their own. */
function withoutIssuer(environment: Environment): string[] {
  const names = ['JWT_AUDIENCE', 'JWT_ALGORITHMS', 'JWT_JWKS_URL', 'JWT_PUBLIC_KEY'] as const;
  return names
    .filter((name) => environment[name])
    .map((name) => `${name} is set without JWT_ISSUER; set both or neither.`);
}

function issuerProblems(environment: Environment, production: boolean): string[] {
  const problems: string[] = [];
  if (!environment.JWT_AUDIENCE) problems.push('JWT_AUDIENCE must be set with JWT_ISSUER.');
  if (!environment.JWT_ALGORITHMS)
    problems.push('JWT_ALGORITHMS must be set with JWT_ISSUER, such as RS256.');
  if (!environment.JWT_JWKS_URL === !environment.JWT_PUBLIC_KEY)
    problems.push('Set either JWT_JWKS_URL or JWT_PUBLIC_KEY with JWT_ISSUER.');
  if (environment.JWT_JWKS_URL?.startsWith('http') && !URL.canParse(environment.JWT_JWKS_URL))
    problems.push('JWT_JWKS_URL must have a host and a port that can exist.');
  if (production && environment.JWT_JWKS_URL?.startsWith('http:'))
    problems.push('JWT_JWKS_URL must be https in production.');
  return problems;
}

function toSettings(environment: Environment): Settings {
  const policy = databaseAddress(environment.POLICY_DATABASE_URL, environment.POLICY_MIGRATION_URL);
  const market = databaseAddress(environment.MARKET_DATABASE_URL, environment.MARKET_MIGRATION_URL);
  const issuer = issuerSettings(environment);
  return {
    production: environment.NODE_ENV === 'production',
    role: environment.ROLE,
    host: environment.HOST,
    port: environment.PORT,
    dataDirectory: resolve(environment.DATA_DIR),
    logLevel: environment.LOG_LEVEL,
    ...(environment.METRICS_TOKEN && { metricsToken: environment.METRICS_TOKEN }),
    databases: { ...(policy && { policy }), ...(market && { market }) },
    databasePoolSize: environment.DATABASE_POOL_SIZE,
    requireChangeReason: namesIn(environment.REQUIRE_CHANGE_REASON),
    corsOrigins: namesIn(environment.CORS_ORIGINS),
    rateLimits: {
      caller: rateLimit(environment.RATE_LIMIT),
      anonymous: rateLimit(environment.RATE_LIMIT_ANONYMOUS),
    },
    sync: {
      ...(environment.SYNC_URL &&
        environment.SYNC_SECRET && {
          target: {
            name: 'environment',
            url: environment.SYNC_URL,
            secret: environment.SYNC_SECRET,
            allowedNetworks: namesIn(environment.SYNC_ALLOWED_NETWORKS),
          },
        }),
      timeout: environment.SYNC_TIMEOUT * 1000,
      lease: environment.SYNC_LEASE * 1000,
      concurrency: environment.SYNC_CONCURRENCY,
      pauseLimit: environment.SYNC_PAUSE_LIMIT * day,
      attemptRetention: environment.SYNC_ATTEMPT_RETENTION * day,
    },
    encryption: encryptionSettings(environment),
    audit: auditSettings(environment),
    auth: { ...(issuer && { issuer }), agencyClaim: environment.JWT_AGENCY_CLAIM },
  };
}

/** @param text such as `6000/60`, or `off` */
function rateLimit(text: string): RateLimit | undefined {
  const [requests, window] = text.split('/').map(Number);
  return requests === undefined || window === undefined ? undefined : { requests, window };
}

function encryptionSettings({
  NODE_ENV,
  DATA_DIR,
  SYNC_ENCRYPTION_KEYS,
}: Environment): Settings['encryption'] {
  const makesKey = NODE_ENV !== 'production' && SYNC_ENCRYPTION_KEYS === undefined;
  return {
    keys: encryptionKeys(SYNC_ENCRYPTION_KEYS),
    ...(makesKey && { keyFile: resolve(DATA_DIR, 'sync', 'encryption-key') }),
  };
}

function encryptionKeys(list?: string): EncryptionKeySettings[] {
  return namesIn(list).map((entry) => {
    const [id = '', key = ''] = entry.split(':');
    return { id, key };
  });
}

function auditSettings(environment: Environment): Settings['audit'] {
  const folder = resolve(environment.DATA_DIR, 'audit');
  return {
    directory: resolve(environment.AUDIT_DIRECTORY ?? folder),
    keyFile: resolve(environment.AUDIT_KEY_FILE ?? join(folder, 'private-key.pem')),
    makesKey: environment.AUDIT_KEY_FILE === undefined,
    interval: environment.AUDIT_CHECKPOINT_INTERVAL * 1000,
    ...(environment.AUDIT_WITNESS_URL && { witnessUrl: environment.AUDIT_WITNESS_URL }),
    ...(environment.AUDIT_RETENTION !== undefined && { retention: environment.AUDIT_RETENTION * day }),
  };
}

function namesIn(list = ''): string[] {
  return list.split(',').flatMap((name) => name.trim() || []);
}

function databaseAddress(url?: string, migrationUrl?: string): DatabaseAddress | undefined {
  return url ? { url, migrationUrl: migrationUrl ?? url } : undefined;
}

function issuerSettings(environment: Environment): IssuerSettings | undefined {
  if (!environment.JWT_ISSUER) return undefined;
  return {
    issuer: environment.JWT_ISSUER,
    audience: environment.JWT_AUDIENCE ?? '',
    algorithms: (environment.JWT_ALGORITHMS ?? '').split(',').map((name) => name.trim()),
    key: environment.JWT_JWKS_URL
      ? { jwksUrl: environment.JWT_JWKS_URL }
      : { publicKey: (environment.JWT_PUBLIC_KEY ?? '').replaceAll('\\n', '\n') },
  };
}
