import { Expose, Transform } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min, MinLength } from 'class-validator';
import { type Role, roles } from './settings.js';

/** Turns the text of an environment variable into a number; text that is no number stays, and is refused. */
const AsNumber = () =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && value.trim() !== '' && !Number.isNaN(Number(value)) ? Number(value) : value,
  );

const postgresUrl = /^postgres(ql)?:\/\/[^/]*\/[^/]+/;
/** Up to a million requests within up to a day. */
const rateLimit = /^(off|[1-9]\d{0,6}\/[1-9]\d{0,4})$/;
/** What a browser writes in `Origin`: no path, no slash at the end, everything in lower case. */
const origins = /^(\*|https?:\/\/[a-z0-9.[\]:-]+(\s*,\s*https?:\/\/[a-z0-9.[\]:-]+)*)$/;
const httpUrl = /^https?:\/\/[^\s/]+/;

/**
 * The environment variables of the service, one member each, as they are written in `.env.example`.
 * Nothing outside `platform/config` reads `process.env`.
 */
export class Environment {
  /** `production` switches off everything that is only for development: the local issuer, plain-http receivers. */
  @Expose()
  @IsIn(['production', 'development', 'test'], { message: 'must be production, development or test' })
  NODE_ENV: string = 'development';

  /**
   * What this process does: `api` answers requests, `dispatcher` delivers changes, `all` does both. Any
   * number of each may run on the same databases.
   */
  @Expose()
  @IsIn(roles, { message: 'must be all, api or dispatcher' })
  ROLE: Role = 'all';

  /** Address to listen on. */
  @Expose()
  @IsString()
  @MinLength(1, { message: 'must be an address to listen on, such as 127.0.0.1 or 0.0.0.0' })
  HOST: string = '127.0.0.1';

  /** Port to listen on; 0 takes any free one. */
  @Expose()
  @AsNumber()
  @IsInt({ message: 'must be a whole number from 0 to 65535' })
  @Min(0, { message: 'must be a whole number from 0 to 65535' })
  @Max(65535, { message: 'must be a whole number from 0 to 65535' })
  PORT: number = 3000;

  /** Folder of the embedded database and of the development issuer's key. */
  @Expose()
  @IsString()
  @MinLength(1, { message: 'must be a folder' })
  DATA_DIR: string = '.data';

  @Expose()
  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
    message: 'must be fatal, error, warn, info, debug, trace or silent',
  })
  LOG_LEVEL: string = 'info';

  /** PolicyDB, as the application's login. Unset: the embedded PostgreSQL. */
  @Expose()
  @IsOptional()
  @Matches(postgresUrl, { message: 'must look like postgres://user:password@host:5432/database' })
  POLICY_DATABASE_URL?: string;

  /** PolicyDB, as the owner of its tables; only migrations use it. */
  @Expose()
  @IsOptional()
  @Matches(postgresUrl, { message: 'must look like postgres://user:password@host:5432/database' })
  POLICY_MIGRATION_URL?: string;

  /** MarketDB, as the application's login. Unset: the embedded PostgreSQL. */
  @Expose()
  @IsOptional()
  @Matches(postgresUrl, { message: 'must look like postgres://user:password@host:5432/database' })
  MARKET_DATABASE_URL?: string;

  /** MarketDB, as the owner of its tables; only migrations use it. */
  @Expose()
  @IsOptional()
  @Matches(postgresUrl, { message: 'must look like postgres://user:password@host:5432/database' })
  MARKET_MIGRATION_URL?: string;

  /** Bearer token that `/metrics` asks for. Unset: open to this machine, and in production to nobody. */
  @Expose()
  @IsOptional()
  @Matches(/^[A-Za-z0-9._~+/-]{16,}=*$/, {
    message: 'must be a token of at least 16 characters out of A-Z a-z 0-9 - . _ ~ + / =',
  })
  METRICS_TOKEN?: string;

  /** Connections to each database that serve requests. */
  @Expose()
  @AsNumber()
  @IsInt({ message: 'must be a whole number from 1 to 200' })
  @Min(1, { message: 'must be a whole number from 1 to 200' })
  @Max(200, { message: 'must be a whole number from 1 to 200' })
  DATABASE_POOL_SIZE: number = 10;

  /** Resources that are only written with a `Change-Reason` header, separated by commas. */
  @Expose()
  @IsOptional()
  @Matches(/^[a-z][a-z-]*(\s*,\s*[a-z][a-z-]*)*$/, {
    message: 'must list resources such as policies,items',
  })
  REQUIRE_CHANGE_REASON?: string;

  /** Origins whose web pages may use the API, separated by commas; `*`: all. Unset: none. */
  @Expose()
  @IsOptional()
  @Matches(origins, {
    message: 'must list origins such as https://portal.gov,https://admin.gov:8443, or be *',
  })
  CORS_ORIGINS?: string;

  /** Requests that each subject may make, and in how many seconds; `off`: any number. */
  @Expose()
  @Matches(rateLimit, { message: 'must be requests/seconds such as 6000/60, or off' })
  RATE_LIMIT: string = '6000/60';

  /** Requests without a valid token that an address may make, and in how many seconds; `off`: any number. */
  @Expose()
  @Matches(rateLimit, { message: 'must be requests/seconds such as 300/60, or off' })
  RATE_LIMIT_ANONYMOUS: string = '300/60';

  /** Address of the external system; `{resource}` is replaced by `policies`, `items`, … */
  @Expose()
  @IsOptional()
  @Matches(httpUrl, { message: 'must be a URL such as https://external.gov/api/{resource}/sync' })
  SYNC_URL?: string;

  /** Secret that signs what is sent to `SYNC_URL`. */
  @Expose()
  @IsOptional()
  @Matches(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, {
    message: 'must be whsec_ and the base64 of at least 24 random bytes',
  })
  SYNC_SECRET?: string;

  /** Networks that `SYNC_URL` may lead to although they are not public, separated by commas. */
  @Expose()
  @IsOptional()
  @IsString()
  SYNC_ALLOWED_NETWORKS?: string;

  /**
   * Keys under which the secrets of targets are stored: `id:base64` of 32 bytes each, separated by commas. The
   * first seals, all open. Unset outside production: one is made.
   */
  @Expose()
  @IsOptional()
  @Matches(
    /^[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9+/]{43}=(\s*,\s*[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9+/]{43}=)*$/,
    {
      message:
        'must be keys such as 2026:<base64 of 32 random bytes>, separated by commas, the current one first',
    },
  )
  SYNC_ENCRYPTION_KEYS?: string;

  /** Seconds until one attempt at a delivery is given up, connection and answer included. */
  @Expose()
  @AsNumber()
  @IsNumber({}, { message: 'must be a number of seconds from 0.1 to 60' })
  @Min(0.1, { message: 'must be a number of seconds from 0.1 to 60' })
  @Max(60, { message: 'must be a number of seconds from 0.1 to 60' })
  SYNC_TIMEOUT: number = 10;

  /** Seconds after which another instance takes over what a silent one had claimed. */
  @Expose()
  @AsNumber()
  @IsNumber({}, { message: 'must be a number of seconds from 0.5 to 3600' })
  @Min(0.5, { message: 'must be a number of seconds from 0.5 to 3600' })
  @Max(3600, { message: 'must be a number of seconds from 0.5 to 3600' })
  SYNC_LEASE: number = 60;

  /** Requests under way at once to one target. */
  @Expose()
  @AsNumber()
  @IsInt({ message: 'must be a whole number from 1 to 256' })
  @Min(1, { message: 'must be a whole number from 1 to 256' })
  @Max(256, { message: 'must be a whole number from 1 to 256' })
  SYNC_CONCURRENCY: number = 16;

  /** Days for which a paused target keeps its place; then its waiting changes are dropped, and it is filled anew. */
  @Expose()
  @AsNumber()
  @IsInt({ message: 'must be a whole number of days from 1 to 3650' })
  @Min(1, { message: 'must be a whole number of days from 1 to 3650' })
  @Max(3650, { message: 'must be a whole number of days from 1 to 3650' })
  SYNC_PAUSE_LIMIT: number = 30;

  /** Days for which attempts at deliveries, and finished jobs, are kept. */
  @Expose()
  @AsNumber()
  @IsInt({ message: 'must be a whole number of days from 1 to 3650' })
  @Min(1, { message: 'must be a whole number of days from 1 to 3650' })
  @Max(3650, { message: 'must be a whole number of days from 1 to 3650' })
  SYNC_ATTEMPT_RETENTION: number = 30;

  /** Folder of the signed checkpoints of the change log, which should outlive the databases. Unset: `audit` in `DATA_DIR`. */
  @Expose()
  @IsOptional()
  @IsString()
  AUDIT_DIRECTORY?: string;

  /** File with the Ed25519 private key, in PEM form, that signs checkpoints. Unset outside production: one is made. */
  @Expose()
  @IsOptional()
  @IsString()
  AUDIT_KEY_FILE?: string;

  /** Seconds between two checkpoints of a log that grows. */
  @Expose()
  @AsNumber()
  @IsNumber({}, { message: 'must be a number of seconds from 1 to 86400' })
  @Min(1, { message: 'must be a number of seconds from 1 to 86400' })
  @Max(86_400, { message: 'must be a number of seconds from 1 to 86400' })
  AUDIT_CHECKPOINT_INTERVAL: number = 60;

  /** Where each checkpoint is sent as well, so that a copy is out of reach of whoever can write here. */
  @Expose()
  @IsOptional()
  @Matches(httpUrl, { message: 'must be a URL such as https://witness.gov/checkpoints' })
  AUDIT_WITNESS_URL?: string;

  /** Days for which `npm run audit:retain` keeps what is old, unless it is told otherwise. Unset: it must be told. */
  @Expose()
  @IsOptional()
  @AsNumber()
  @IsInt({ message: 'must be a whole number of days from 1 to 36500' })
  @Min(1, { message: 'must be a whole number of days from 1 to 36500' })
  @Max(36_500, { message: 'must be a whole number of days from 1 to 36500' })
  AUDIT_RETENTION?: number;

  /** Issuer that tokens must name (`iss`). Unset outside production: a local development issuer. */
  @Expose()
  @IsOptional()
  @IsString()
  @MinLength(1, { message: 'must name the issuer of the tokens, as their iss claim does' })
  JWT_ISSUER?: string;

  /** Audience that tokens must name (`aud`). */
  @Expose()
  @IsOptional()
  @IsString()
  @MinLength(1, { message: 'must name this service, as the aud claim of its tokens does' })
  JWT_AUDIENCE?: string;

  /** Signature algorithms that are accepted, separated by commas. Only asymmetric ones. */
  @Expose()
  @IsOptional()
  @Matches(/^(RS|PS|ES)(256|384|512)(\s*,\s*(RS|PS|ES)(256|384|512))*$/, {
    message: 'must list algorithms such as RS256,ES256 (RS, PS or ES with 256, 384 or 512)',
  })
  JWT_ALGORITHMS?: string;

  /** Where the issuer publishes its keys. */
  @Expose()
  @IsOptional()
  @Matches(httpUrl, { message: 'must be the URL of a JSON Web Key Set' })
  JWT_JWKS_URL?: string;

  /** The issuer's public key in PEM form, in place of `JWT_JWKS_URL`; `\n` may stand for a line break. */
  @Expose()
  @IsOptional()
  @Matches(/-----BEGIN PUBLIC KEY-----/, {
    message: 'must be a public key in PEM form (-----BEGIN PUBLIC KEY-----)',
  })
  JWT_PUBLIC_KEY?: string;

  /** Claim that holds the agency on whose records a token acts. */
  @Expose()
  @IsString()
  @MinLength(1, { message: 'must be the name of a claim' })
  JWT_AGENCY_CLAIM: string = 'agency';
}
