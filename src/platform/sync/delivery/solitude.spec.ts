import { gate } from '../../../../test/support/gate.js';
import { Solitude } from './solitude.js';

describe('solitude', () => {
  it('waits for the work under way, and has the work that comes after it wait', async () => {
    const solitude = new Solitude();
    const [first, second] = [gate(), gate()];
    const done: string[] = [];
    const before = solitude.together(() => first.passed.then(() => void done.push('before')));
    const alone = solitude.onItsOwn(async () => {
      done.push('alone begins');
      await second.passed;
      done.push('alone ends');
    });
    const after = solitude.together(async () => void done.push('after'));
    const next = solitude.onItsOwn(async () => void done.push('next'));
    first.open();
    await before;
    second.open();
    await Promise.all([alone, after, next]);
    expect(done.slice(0, 3)).toEqual(['before', 'alone begins', 'alone ends']);
    expect(done).toHaveLength(5);
  });

  it('ends for the others when the work fails', async () => {
    const solitude = new Solitude();
    await expect(solitude.onItsOwn(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await solitude.together(async () => 'goes on')).toBe('goes on');
  });
});
