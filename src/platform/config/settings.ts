/** The two databases. A resource lives in one of them. */
export const databaseNames = ['policy', 'market'] as const;
export type DatabaseName = (typeof databaseNames)[number];

/** What a process does. `api` answers requests, `dispatcher` delivers changes, `all` does both. */
export const roles = ['all', 'api', 'dispatcher'] as const;
export type Role = (typeof roles)[number];

/** How to reach one database: as the application, and as the owner of its tables. */
export interface DatabaseAddress {
  /** Connection URL of the application's login. */
  readonly url: string;
  /** Connection URL of the owner's login, used by migrations alone. */
  readonly migrationUrl: string;
}

/** Where tokens come from and what they must hold. `undefined` members: the development issuer. */
export interface IssuerSettings {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly key: { readonly jwksUrl: string } | { readonly publicKey: string };
}

/** The target that needs no administration. */
export interface SyncTargetSettings {
  /** `demo` is the small external system that runs within the service while no other is configured. */
  readonly name: 'environment' | 'demo';
  /** May hold `{resource}`. */
  readonly url: string;
  /** `whsec_` and the base64 of the key. */
  readonly secret: string;
  /** Networks that are not public and may be sent to all the same; undefined: none. */
  readonly allowedNetworks?: readonly string[];
}

/** So many requests within so many seconds. */
export interface RateLimit {
  readonly requests: number;
  /** Seconds. */
  readonly window: number;
}

/** A key by its name, which is stored with what it sealed. */
export interface EncryptionKeySettings {
  readonly id: string;
  /** Base64 of 32 bytes. */
  readonly key: string;
}

/**
 * Everything that can be set about the service, read once from the environment and checked as a whole.
 * Injected by this class as the token.
 */
export abstract class Settings {
  abstract readonly production: boolean;
  abstract readonly role: Role;
  abstract readonly host: string;
  abstract readonly port: number;
  /** Absolute path. */
  abstract readonly dataDirectory: string;
  abstract readonly logLevel: string;
  /** Bearer token that `/metrics` asks for. Undefined: open to this machine, and in production to nobody. */
  abstract readonly metricsToken?: string;
  /** A database with no address is the embedded one. */
  abstract readonly databases: { readonly [name in DatabaseName]?: DatabaseAddress };
  abstract readonly databasePoolSize: number;
  /** Names of the resources that are only written with a `Change-Reason`. */
  abstract readonly requireChangeReason: readonly string[];
  /** Origins whose pages may use the API, or `*`. */
  abstract readonly corsOrigins: readonly string[];
  /** What those who ask are held to; undefined: nothing. */
  abstract readonly rateLimits: {
    /** Each subject of an agency. */
    readonly caller: RateLimit | undefined;
    /** Requests without a valid token, by address. */
    readonly anonymous: RateLimit | undefined;
  };
  abstract readonly sync: {
    /** Undefined: nothing is sent, changes wait. */
    readonly target?: SyncTargetSettings;
    /** Milliseconds for one attempt, from connecting to the end of the answer. */
    readonly timeout: number;
    /** Milliseconds that a claim lasts. */
    readonly lease: number;
    /** Requests under way at once to one target. */
    readonly concurrency: number;
    /** Milliseconds for which a paused target keeps its place; then it is detached. */
    readonly pauseLimit: number;
    /** Milliseconds for which attempts and finished jobs are kept. */
    readonly attemptRetention: number;
  };
  /** Under which the secrets of sync targets are stored. */
  abstract readonly encryption: {
    /** The first seals, all open. None: nothing can be sealed. */
    readonly keys: readonly EncryptionKeySettings[];
    /** Absolute path of a file whose key is used in place of `keys`, and made at the first use. */
    readonly keyFile?: string;
  };
  abstract readonly audit: {
    /** Absolute path of the folder of the checkpoints. */
    readonly directory: string;
    /** Absolute path of the file with the key that signs them. */
    readonly keyFile: string;
    /** Whether that key is made when it is not there. */
    readonly makesKey: boolean;
    /** Milliseconds between two checkpoints. */
    readonly interval: number;
    /** Undefined: checkpoints are sent nowhere. */
    readonly witnessUrl?: string;
    /** Milliseconds for which old versions and security events are kept; unset: nothing says how long. */
    readonly retention?: number;
  };
  abstract readonly auth: {
    /** Undefined: the local development issuer, whose key lies in the data directory. */
    readonly issuer?: IssuerSettings;
    /** Name of the claim that holds the agency. */
    readonly agencyClaim: string;
  };
}
