import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import jwt from 'jsonwebtoken';
import { StartupError } from '../config/startup.error.js';
import { developmentIssuer } from './development-issuer.js';

const run = promisify(execFile);
const request = { subject: 'me', agency: 'hhs', scopes: ['policies:read', 'items:read'], lifetime: 3600 };

describe('the development issuer', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'hms-issuer-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it('signs tokens that its own settings verify', () => {
    const { settings, sign } = developmentIssuer(directory);
    const key = 'publicKey' in settings.key ? settings.key.publicKey : '';
    const claims = jwt.verify(sign(request), key, {
      algorithms: ['ES256'],
      issuer: 'urn:hms:development',
      audience: 'hms',
    });
    expect(claims).toMatchObject({ sub: 'me', agency: 'hhs', scope: 'policies:read items:read' });
  });

  it('writes the agency into the claim that is configured', () => {
    const token = developmentIssuer(directory, 'https://hms.gov/agency').sign(request);
    expect(jwt.decode(token)).toMatchObject({ 'https://hms.gov/agency': 'hhs' });
  });

  it('keeps its key from one start to the next, readable by the owner alone', () => {
    const first = developmentIssuer(directory);
    expect(developmentIssuer(directory).settings).toEqual(first.settings);
    expect(readdirSync(join(directory, 'issuer'))).toEqual(['private-key.pem']);
    expect(statSync(join(directory, 'issuer', 'private-key.pem')).mode & 0o777).toBe(0o600);
  });

  it('is one and the same for processes that start together', async () => {
    const script = `
      const { developmentIssuer } = await import('./src/platform/auth/development-issuer.ts');
      console.log(developmentIssuer(process.argv[1]).settings.key.publicKey);`;
    const options = [
      '--import',
      '@swc-node/register/esm-register',
      '--input-type=module',
      '-e',
      script,
      directory,
    ];
    const outputs = await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, options)));
    expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(outputs[0]?.stdout).toContain('BEGIN PUBLIC KEY');
  });

  it('names the file and the remedy when its key cannot be read', () => {
    mkdirSync(join(directory, 'issuer'));
    writeFileSync(join(directory, 'issuer', 'private-key.pem'), 'damaged');
    expect(() => developmentIssuer(directory)).toThrow(StartupError);
    expect(() => developmentIssuer(directory)).toThrow(
      /private-key\.pem cannot be used .* delete it to get a new one/,
    );
  });
});
