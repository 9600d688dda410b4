import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { SecretSealer } from './secret-sealer.js';

const key = (id: string): { id: string; key: string } => ({ id, key: randomBytes(32).toString('base64') });

describe('the secret sealer', () => {
  const [old, current] = [key('old'), key('current')];
  const sealer = new SecretSealer([current, old]);

  it('seals with the first key and opens with all, for the same purpose alone', () => {
    const sealed = sealer.seal('whsec_größe', 'policies target 7 secret');
    expect(sealed.keyId).toBe('current');
    expect(sealer.open(sealed, 'policies target 7 secret')).toBe('whsec_größe');
    expect(() => sealer.open(sealed, 'policies target 8 secret')).toThrow('unable to authenticate');
    const older = new SecretSealer([old]).seal('x', 'p');
    expect(sealer.open(older, 'p')).toBe('x');
    expect(() => new SecretSealer([current]).open(older, 'p')).toThrow('There is no key old.');
  });

  it('gives the same text another form each time', () => {
    const forms = [1, 2].map(() => sealer.seal('x', 'p').sealed.toString('hex'));
    expect(forms[0]).not.toBe(forms[1]);
  });

  it('refuses what was changed, in each of its bytes', () => {
    const { keyId, sealed } = sealer.seal('secret', 'p');
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = Buffer.from(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => sealer.open({ keyId, sealed: changed }, 'p')).toThrow('unable to authenticate');
    }
    expect(() => sealer.open({ keyId, sealed: sealed.subarray(0, 5) }, 'p')).toThrow('Invalid');
  });

  it('does not show its keys', () => {
    const shown = inspect(sealer, { depth: 9, showHidden: true }) + JSON.stringify(sealer);
    expect(shown).not.toContain(current.key);
    expect(shown).not.toContain(Buffer.from(current.key, 'base64').toString('hex').slice(0, 20));
  });
});
