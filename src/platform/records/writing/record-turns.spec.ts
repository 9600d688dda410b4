import { jest } from '@jest/globals';
import { RecordTurns } from './record-turns.js';

describe('The turns of the writes of a record', () => {
  let turns: RecordTurns;
  let begun: string[];
  let ends: Record<string, (error?: Error) => void>;

  beforeEach(() => {
    turns = new RecordTurns();
    begun = [];
    ends = {};
  });

  const write = (name: string, record = 'a'): Promise<string> =>
    turns.inTurn(record, () => {
      begun.push(name);
      return new Promise((resolve, reject) => {
        ends[name] = (error) => (error ? reject(error) : resolve(name));
      });
    });

  it('come one after another, in their order, and those of other records beside them', async () => {
    const writes = [write('1'), write('2'), write('3'), write('other', 'b')];
    expect(begun).toEqual(['1', 'other']);
    ends['1']?.();
    expect(await writes[0]).toBe('1');
    await Promise.resolve();
    expect(begun).toEqual(['1', 'other', '2']);
    ends['2']?.();
    await writes[1];
    await Promise.resolve();
    expect(begun).toEqual(['1', 'other', '2', '3']);
    ends['3']?.();
    await writes[2];
    void write('4');
    expect(begun.at(-1)).toBe('4');
  });

  it('come after one that fails', async () => {
    const failing = write('1');
    void write('2');
    ends['1']?.(new Error('refused'));
    await expect(failing).rejects.toThrow('refused');
    await Promise.resolve();
    expect(begun).toEqual(['1', '2']);
  });

  it('are not waited for longer than some seconds, which those behind do not notice', async () => {
    jest.useFakeTimers();
    const [first, late] = [write('1'), write('2')];
    jest.advanceTimersByTime(4_000);
    const behind = write('3');
    jest.advanceTimersByTime(2_000);
    jest.useRealTimers();
    await expect(late).rejects.toMatchObject({ code: 'unavailable' });
    ends['1']?.();
    await first;
    await Promise.resolve();
    expect(begun).toEqual(['1', '3']);
    ends['3']?.();
    expect(await behind).toBe('3');
  });
});
