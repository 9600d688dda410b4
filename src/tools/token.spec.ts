import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import jwt from 'jsonwebtoken';

describe('the token tool', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'hms-token-'));
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  function token(args: string[], variables: Record<string, string> = {}) {
    const command = ['dist/tools/token.js', ...args];
    const env = { PATH: process.env['PATH'], DATA_DIR: directory, ...variables };
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const child = execFile(process.execPath, command, { env }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr }),
      );
    });
  }

  it('prints a token for the demo agency, alone', async () => {
    const { code, stdout, stderr } = await token([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = jwt.decode(stdout.trim());
    expect(claims).toMatchObject({
      iss: 'urn:hms:development',
      sub: 'developer',
      agency: 'demo',
      scope: 'policies:read policies:write items:read items:write',
    });
  });

  it('takes agency, scope, subject and hours', async () => {
    const options = ['--agency', 'hhs', '--scope', 'policies:read', '--subject', 'me', '--hours', '0.5'];
    const { stdout } = await token(options, { JWT_AGENCY_CLAIM: 'tenant' });
    const claims = jwt.decode(stdout.trim(), { json: true });
    expect(claims).toMatchObject({ sub: 'me', tenant: 'hhs', scope: 'policies:read' });
    expect(Number(claims?.exp) - Number(claims?.iat)).toBe(1800);
  });

  it.each([
    [['--agncy', 'hhs'], "Unknown option '--agncy'"],
    [['stray'], 'stray'],
    [['--hours', 'soon'], '--hours must be a number above 0 and up to 8784, not soon.'],
    [['--hours', '0'], '--hours must be'],
    [['--agency', '../x'], '--agency must be'],
    [['--subject', ''], '--subject must be'],
  ])('explains what is wrong with %j', async (options, message) => {
    const { code, stdout, stderr } = await token(options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: npm run -s token');
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('refuses where an issuer is configured, and in production', async () => {
    const issuer = {
      JWT_ISSUER: 'https://issuer.gov',
      JWT_AUDIENCE: 'hms',
      JWT_ALGORITHMS: 'RS256',
      JWT_JWKS_URL: 'https://issuer.gov/jwks.json',
    };
    const configured = await token([], issuer);
    expect(configured).toMatchObject({ code: 1, stdout: '' });
    expect(configured.stderr).toContain('only tokens of https://issuer.gov are accepted');
    const production = await token([], { ...issuer, NODE_ENV: 'production' });
    expect(production).toMatchObject({ code: 1, stdout: '' });
    expect(production.stderr.trim().split('\n')).toHaveLength(1);
  });
});
