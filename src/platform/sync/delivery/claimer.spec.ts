import { jest } from '@jest/globals';
import type { Target } from '../targets/target.js';
import { Claimer } from './claimer.js';
import type { Claim, CursorStore, DueWindow } from './cursor-store.js';
import type { ClaimBatch } from './deliverer.js';
import { TargetGate } from './target-gate.js';

type Windows = ReadonlyMap<number, DueWindow>;

const target = { id: 1 } as Target;
const targets = new Map([[1, target]]);
const none = new Set<number>();
const isPast = (windows: Windows): boolean => [...windows.values()].some(({ to }) => to > 0);
const claimOf = (dueFor: number): Claim => ({ targetId: 1, dueFor }) as Claim;

describe('Claiming', () => {
  let gate: TargetGate;
  let looks: { slots: number | undefined; windows: Windows }[];
  let store: (windows: Windows) => readonly Claim[];
  let begun: ClaimBatch[];
  let warnings: string[];
  let claimer: Claimer;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setTimeout', 'setImmediate', 'nextTick'] });
    gate = new TargetGate(1, () => undefined);
    looks = [];
    begun = [];
    warnings = [];
    store = () => [];
    const cursors: Pick<CursorStore, 'claim'> = {
      claim: async (slots, _lease, _probes, given) => {
        const windows: Windows = given ?? new Map();
        looks.push({ slots: slots.get(1), windows });
        return [...store(windows)];
      },
    };
    const begin = (batch: ClaimBatch): void => {
      begun.push(batch);
      gate.throttle.take(batch.claims.length);
    };
    const log = { warn: (message: string): void => void warnings.push(message) };
    claimer = new Claimer({ cursors, gates: { of: () => gate }, begin, log }, 10_000);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  const turn = async (probes = none): Promise<void> => {
    looks = [];
    jest.advanceTimersByTime(1_000);
    await claimer.claim(targets, probes);
  };

  it('looks at everything once, and then at the past and the present apart', async () => {
    await turn();
    expect(looks).toEqual([{ slots: 4, windows: new Map() }]);
    await turn();
    expect(looks.map(({ windows }) => [...windows.values()])).toEqual([
      [{ from: Number.POSITIVE_INFINITY, to: 6_000 }],
      [{ from: 6_000, to: 0 }],
    ]);
  });

  it('looks at the past again only when slots were free to take what is there', async () => {
    await turn();
    gate.throttle.take(4);
    await turn();
    expect(looks).toEqual([]);
    gate.throttle.take(-4);
    store = (windows) => (isPast(windows) ? [claimOf(60_000)] : []);
    await turn();
    expect(looks.map(({ windows }) => isPast(windows))).toEqual([true, false]);
    expect(begun.map(({ claims }) => claims)).toEqual([[claimOf(60_000)]]);
    // What was taken of the past leaves that much less for the present.
    expect(looks.map(({ slots }) => slots)).toEqual([4, 3]);
  });

  it('claims what is due now though a look at the past fails, and says so', async () => {
    await turn();
    store = (windows) => {
      if (isPast(windows)) throw new Error('canceling statement due to statement timeout');
      return [claimOf(10)];
    };
    await turn();
    expect(begun.map(({ claims }) => claims)).toEqual([[claimOf(10)]]);
    expect(warnings).toEqual([
      expect.stringContaining('some time ago failed: canceling statement due to statement timeout'),
    ]);
    await turn();
    const [past] = looks[0]?.windows.values() ?? [];
    expect(past?.from).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('leaves it to the caller to say that nothing can be claimed', async () => {
    await turn();
    store = () => {
      throw new Error('gone');
    };
    await expect(turn()).rejects.toThrow('gone');
    expect(warnings).toEqual([]);
    store = () => [];
    await turn();
    // An outage says nothing of how long a look at all of the past takes.
    const [past] = looks[0]?.windows.values() ?? [];
    expect(past?.from).toBe(Number.POSITIVE_INFINITY);
  });

  it('looks at everything for a probe', async () => {
    await turn();
    gate.apply({ targetId: 1, state: 'open', probeIn: null, quietFor: 0 });
    await turn(new Set([1]));
    expect(looks).toEqual([{ slots: 1, windows: new Map() }]);
  });
});
