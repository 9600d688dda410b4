import { readFileSync } from 'node:fs';
import { getMetadataStorage } from 'class-validator';
import { Environment } from './environment.js';
import { readSettings } from './read-settings.js';
import { StartupError } from './startup.error.js';

const defaults: Record<string, unknown> = Object.fromEntries(Object.entries(new Environment()));
const variables = [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(Environment, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const issuer = {
  JWT_ISSUER: 'https://issuer.test/',
  JWT_AUDIENCE: 'hms',
  JWT_ALGORITHMS: 'RS256',
  JWT_JWKS_URL: 'https://issuer.test/jwks.json',
};
const production = {
  NODE_ENV: 'production',
  POLICY_DATABASE_URL: 'postgres://app:p@db/policy',
  MARKET_DATABASE_URL: 'postgres://app:p@db/market',
  AUDIT_KEY_FILE: '/run/secrets/audit-key.pem',
  ...issuer,
};

describe('.env.example', () => {
  const lines = readFileSync('.env.example', 'utf8').split('\n');
  const examples = lines.flatMap((line) => {
    const [, name, value] = /^# ([A-Z_]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });

  it('names each variable of the service once, and no other', () => {
    expect(examples.map(([name]) => name).sort()).toEqual([...variables].sort());
  });

  it.each(Object.entries(defaults))('gives %s its default, %s', (name, value) => {
    expect(Object.fromEntries(examples)[name]).toBe(String(value));
  });

  it('changes nothing when it is copied as it is', () => {
    expect(lines.filter((line) => line !== '' && !line.startsWith('#'))).toEqual([]);
  });

  it('gives examples that are accepted', () => {
    expect(() => readSettings({ ...Object.fromEntries(examples), SYNC_SECRET: secret })).not.toThrow();
  });
});

describe('compose.yaml', () => {
  it('passes each variable on but those that the image sets', () => {
    const passed = new Set(readFileSync('compose.yaml', 'utf8').match(/(?<=^ +)[A-Z_]+(?=: )/gm));
    const ofTheImage = ['HOST', 'PORT', 'DATA_DIR'];
    expect([...variables].filter((name) => !passed.has(name)).sort()).toEqual(ofTheImage.sort());
  });
});

describe('the settings', () => {
  it('read the keys of the secrets in order, and make one outside production alone', () => {
    const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'));
    expect(readSettings({ SYNC_ENCRYPTION_KEYS: `2026:${one} , 2025:${two}` }).encryption).toEqual({
      keys: [
        { id: '2026', key: one },
        { id: '2025', key: two },
      ],
    });
    expect(readSettings({ DATA_DIR: '/data' }).encryption).toEqual({
      keys: [],
      keyFile: '/data/sync/encryption-key',
    });
    expect(readSettings(production).encryption).toEqual({ keys: [] });
  });

  it('have defaults that run the service without any variable', () => {
    expect(readSettings({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      databases: {},
      sync: { timeout: 10_000, lease: 60_000, concurrency: 16 },
      auth: { agencyClaim: 'agency' },
    });
  });

  it('take an empty value for an unset one', () => {
    expect(readSettings({ PORT: ' ', JWT_ISSUER: '', SYNC_URL: '' })).toEqual(readSettings({}));
  });

  it('use the address of the application for migrations where no other is given', () => {
    const { policy, market } = readSettings({
      ...production,
      MARKET_MIGRATION_URL: 'postgres://owner:p@db/market',
    }).databases;
    expect(policy?.migrationUrl).toBe(production.POLICY_DATABASE_URL);
    expect(market).toEqual({
      url: production.MARKET_DATABASE_URL,
      migrationUrl: 'postgres://owner:p@db/market',
    });
  });

  it('read a list of algorithms with blanks, and line breaks in a key', () => {
    const { auth } = readSettings({
      ...issuer,
      JWT_ALGORITHMS: 'RS256, ES256',
      JWT_JWKS_URL: '',
      JWT_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----\\nAA==\\n-----END PUBLIC KEY-----',
    });
    expect(auth.issuer?.algorithms).toEqual(['RS256', 'ES256']);
    expect(auth.issuer?.key).toEqual({
      publicKey: '-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----',
    });
  });

  it.each([
    'https://external.gov:8443/api/{resource}/sync',
    'https://8.8.8.8/{resource}',
    'https://{resource}.external.gov/',
  ])('accept %s as an external system in production', (url) => {
    expect(readSettings({ ...production, SYNC_URL: url, SYNC_SECRET: secret }).sync.target?.url).toBe(url);
  });

  it.each([
    ['https://10.1.2.3/{resource}', '10.1.0.0/16'],
    ['https://[fd12::1]/{resource}', '192.168.0.0/16, fd12::/48'],
    ['https://localhost/{resource}', '127.0.0.1'],
  ])('accept %s in production, if it is in the allowed networks %s', (url, networks) => {
    const settings = readSettings({
      ...production,
      SYNC_URL: url,
      SYNC_SECRET: secret,
      SYNC_ALLOWED_NETWORKS: networks,
    });
    expect(settings.sync.target).toMatchObject({ url, allowedNetworks: networks.split(', ') });
  });

  it('accept a loopback system outside production', () => {
    expect(() =>
      readSettings({ SYNC_URL: 'http://127.0.0.1:4000/{resource}', SYNC_SECRET: secret }),
    ).not.toThrow();
  });

  it('accept what production needs', () => {
    expect(readSettings(production)).toMatchObject({
      production: true,
      auth: { issuer: { audience: 'hms' } },
    });
  });
});

describe('a setting that cannot be used', () => {
  const without = (name: keyof typeof production) => ({ ...production, [name]: undefined });
  const cases: [why: string, environment: Record<string, string | undefined>, message: RegExp][] = [
    ['an unknown environment', { NODE_ENV: 'prod' }, /NODE_ENV must be production, development or test\./],
    ['a port that is no number', { PORT: 'http' }, /PORT must be a whole number from 0 to 65535\./],
    ['a port out of range', { PORT: '65536' }, /PORT must be a whole number from 0 to 65535\./],
    ['half a port', { PORT: '80.5' }, /PORT must be a whole number/],
    ['an unknown log level', { LOG_LEVEL: 'verbose' }, /LOG_LEVEL must be fatal, error, warn/],
    [
      'a database URL of another kind',
      { POLICY_DATABASE_URL: 'mysql://db/policy' },
      /POLICY_DATABASE_URL must look like postgres:\/\/user:password@host:5432\/database\./,
    ],
    [
      'a database URL without a database',
      { MARKET_DATABASE_URL: 'postgres://app:p@db' },
      /MARKET_DATABASE_URL must look like postgres:/,
    ],
    [
      'a migration URL without a database URL',
      { POLICY_MIGRATION_URL: 'postgres://owner:p@db/policy' },
      /POLICY_MIGRATION_URL is set without POLICY_DATABASE_URL; set both or neither\./,
    ],
    [
      'no connections',
      { DATABASE_POOL_SIZE: '0' },
      /DATABASE_POOL_SIZE must be a whole number from 1 to 200/,
    ],
    [
      'an external system that is no URL',
      { SYNC_URL: 'external.gov', SYNC_SECRET: secret },
      /SYNC_URL must be a URL such as https:/,
    ],
    [
      'an external system without a secret',
      { SYNC_URL: 'https://external.gov/{resource}' },
      /SYNC_SECRET must be set with SYNC_URL; make one with: echo whsec_/,
    ],
    [
      'a short secret',
      { SYNC_SECRET: 'whsec_c2hvcnQ=' },
      /SYNC_SECRET must be whsec_ and the base64 of at least/,
    ],
    [
      'a short key for secrets',
      { SYNC_ENCRYPTION_KEYS: '2026:c2hvcnQ=' },
      /SYNC_ENCRYPTION_KEYS must be keys such as/,
    ],
    [
      'two keys of one name',
      { SYNC_ENCRYPTION_KEYS: [7, 8].map((byte) => `a:${Buffer.alloc(32, byte).toString('base64')}`).join() },
      /SYNC_ENCRYPTION_KEYS must give each key a name of its own\./,
    ],
    [
      'no time for an attempt',
      { SYNC_TIMEOUT: '0' },
      /SYNC_TIMEOUT must be a number of seconds from 0.1 to 60\./,
    ],
    [
      'a lease as short as an attempt',
      { SYNC_TIMEOUT: '10', SYNC_LEASE: '10' },
      /SYNC_LEASE must exceed SYNC_TIMEOUT by at least 0.2 seconds\./,
    ],
    [
      'too many requests at once',
      { SYNC_CONCURRENCY: '257' },
      /SYNC_CONCURRENCY must be a whole number from 1 to 256/,
    ],
    [
      'no time between checkpoints',
      { AUDIT_CHECKPOINT_INTERVAL: '0' },
      /AUDIT_CHECKPOINT_INTERVAL must be a number of seconds from 1 to 86400\./,
    ],
    [
      'a witness that is no URL',
      { AUDIT_WITNESS_URL: 'witness.gov' },
      /AUDIT_WITNESS_URL must be a URL such as https:/,
    ],
    [
      'production without a key for checkpoints',
      without('AUDIT_KEY_FILE'),
      /AUDIT_KEY_FILE must be set in production; make one with: openssl genpkey/,
    ],
    [
      'production with a witness over plain http',
      { ...production, AUDIT_WITNESS_URL: 'http://witness.gov/' },
      /AUDIT_WITNESS_URL must be https in production\./,
    ],
    [
      'a symmetric algorithm',
      { ...issuer, JWT_ALGORITHMS: 'HS256' },
      /JWT_ALGORITHMS must list algorithms such as/,
    ],
    [
      'an audience without an issuer',
      { ...issuer, JWT_ISSUER: '' },
      /JWT_AUDIENCE is set without JWT_ISSUER; set both or neither\./,
    ],
    [
      'an issuer without an audience',
      { ...issuer, JWT_AUDIENCE: '' },
      /JWT_AUDIENCE must be set with JWT_ISSUER\./,
    ],
    [
      'an issuer without algorithms',
      { ...issuer, JWT_ALGORITHMS: '' },
      /JWT_ALGORITHMS must be set with JWT_ISSUER, such as RS256\./,
    ],
    [
      'an issuer without keys',
      { ...issuer, JWT_JWKS_URL: '' },
      /Set either JWT_JWKS_URL or JWT_PUBLIC_KEY with JWT_ISSUER\./,
    ],
    [
      'an issuer with keys twice',
      { ...issuer, JWT_PUBLIC_KEY: '-----BEGIN PUBLIC KEY-----' },
      /Set either JWT_JWKS_URL or JWT_PUBLIC_KEY with JWT_ISSUER\./,
    ],
    [
      'a key that is none',
      { ...issuer, JWT_PUBLIC_KEY: 'secret' },
      /JWT_PUBLIC_KEY must be a public key in PEM/,
    ],
    [
      'production without an issuer',
      without('JWT_ISSUER'),
      /JWT_ISSUER must be set in production; the local issuer is for development\./,
    ],
    [
      'production on the embedded database',
      without('MARKET_DATABASE_URL'),
      /MARKET_DATABASE_URL must be set in production; the embedded database is for development\./,
    ],
    [
      'production with keys over plain http',
      { ...production, JWT_JWKS_URL: 'http://issuer.test/jwks.json' },
      /JWT_JWKS_URL must be https in production\./,
    ],
    [
      'a port of the keys that cannot be',
      { ...issuer, JWT_JWKS_URL: 'https://issuer.test:99999/jwks.json' },
      /JWT_JWKS_URL must have a host and a port that can exist\./,
    ],
    ...['https://external.gov:99999/', 'https://[::1/', 'https://%zz/'].map(
      (url): [string, Record<string, string>, RegExp] => [
        `an external system at ${url}`,
        { SYNC_URL: url, SYNC_SECRET: secret },
        /SYNC_URL must have a host and a port that can exist\./,
      ],
    ),
    [
      'an external system with a placeholder that there is not',
      { SYNC_URL: 'https://external.gov/{resource}/{agency}', SYNC_SECRET: secret },
      /SYNC_URL may hold \{resource\}, and no other braces\./,
    ],
    [
      'an external system with a password',
      { SYNC_URL: 'https://user:p@external.gov/{resource}', SYNC_SECRET: secret },
      /SYNC_URL must not hold a user or a password/,
    ],
    ...['localhost', '127.1', '[::1]', '10.1.2.3'].map((host): [string, Record<string, string>, RegExp] => [
      `production with an external system that is not public, ${host}`,
      { ...production, SYNC_URL: `https://${host}/`, SYNC_SECRET: secret },
      /SYNC_URL must not lead to a.* unless SYNC_ALLOWED_NETWORKS includes it\./,
    ]),
    ...['169.254.169.254', 'metadata.google.internal'].map(
      (host): [string, Record<string, string>, RegExp] => [
        `an external system that is none, ${host}`,
        { SYNC_URL: `https://${host}/`, SYNC_SECRET: secret, SYNC_ALLOWED_NETWORKS: '0.0.0.0/0' },
        /SYNC_URL must not lead to a link-local, metadata, multicast or unspecified address\./,
      ],
    ),
    [
      'an allowed network that is none',
      { SYNC_ALLOWED_NETWORKS: '10.0.0.0/8, intranet' },
      /SYNC_ALLOWED_NETWORKS must hold networks such as/,
    ],
    [
      'production with an external system over plain http',
      { ...production, SYNC_URL: 'http://external.gov/', SYNC_SECRET: secret },
      /SYNC_URL must be https in production\./,
    ],
  ];

  it.each(cases)('is refused, naming the variable and the remedy: %s', (_why, environment, message) => {
    expect(() => readSettings(environment)).toThrow(StartupError);
    expect(() => readSettings(environment)).toThrow(message);
  });

  it('is told with all others at once', () => {
    expect(() => readSettings({ PORT: 'x', LOG_LEVEL: 'x' })).toThrow(/PORT must.*LOG_LEVEL must/);
  });

  it('is not repeated in the message, which could hold a password', () => {
    const read = (): unknown => readSettings({ POLICY_DATABASE_URL: 'mysql://app:pass-word@db/policy' });
    expect(read).toThrow(StartupError);
    expect(read).not.toThrow(/pass-word/);
  });
});
