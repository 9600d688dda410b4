import type { BreakerRow } from './breaker-store.js';
import { TargetGate } from './target-gate.js';

const refusal = (status: number, retryAfter?: number) => ({
  status,
  error: `HTTP ${status}`,
  ...(retryAfter !== undefined && { retryAfter }),
});
const row = (changes: Partial<BreakerRow>): BreakerRow => ({
  targetId: 1,
  state: 'closed',
  probeIn: null,
  quietFor: 0,
  ...changes,
});
const later = (): number => performance.now() + 60_000;

describe('the gate of a target', () => {
  let gate: TargetGate;
  let told: number;

  beforeEach(() => {
    told = 0;
    gate = new TargetGate(16, () => (told += 1));
  });

  const fail = (status: number, ...cursors: string[]): void => {
    for (const cursor of cursors) gate.failed(cursor, 0, refusal(status));
  };
  /** What the others were told, which this gate now takes to be written down. */
  const saved = (): unknown[] => gate.unsaved.splice(0).map(({ kind }) => kind);

  it('closes, and tells the others once, when several records fail in a row', () => {
    fail(500, 'a', 'b', 'c', 'd');
    expect(gate.free()).toBe(64);
    fail(500, 'e', 'f', 'g');
    expect(gate.free(later())).toBe(0);
    expect(gate.unsaved).toEqual([
      expect.objectContaining({ kind: 'trip', state: 'open', reason: 'HTTP 500', failures: 5 }),
    ]);
    expect(told).toBe(1);
  });

  it('goes on at full speed when a single record fails, however often', () => {
    fail(500, ...Array.from({ length: 50 }, () => 'poison'));
    expect(gate.free()).toBe(64);
  });

  it('gives a target up that says of several records that it is gone', () => {
    fail(500, 'a');
    fail(410, 'b', 'c', 'd', 'e');
    expect(gate.unsaved).toMatchObject([{ kind: 'trip', state: 'open' }]);
    fail(410, 'a');
    expect(gate.unsaved.at(-1)).toMatchObject({ kind: 'trip', state: 'disabled', reason: 'HTTP 410' });
    expect(gate.wantsProbe(later())).toBe(false);
  });

  it('asks for a probe when it is time, lets it through alone, and starts slowly when it succeeds', () => {
    fail(500, 'a', 'b', 'c', 'd', 'e');
    expect(saved()).toEqual(['trip']);
    expect(gate.wantsProbe(later())).toBe(false);
    gate.apply(row({ state: 'open', probeIn: 1_000 }));
    expect(gate.wantsProbe()).toBe(false);
    expect(gate.wantsProbe(later())).toBe(true);
    gate.beginProbe(1);
    expect([gate.wantsProbe(later()), gate.lets(true), gate.lets(false)]).toEqual([false, true, false]);
    gate.succeeded('a');
    gate.endProbe(true);
    expect(saved()).toEqual(['close', 'probed']);
    expect(gate.free()).toBe(2);
  });

  it('learns from the others that a target is down and back', () => {
    gate.apply(row({ state: 'open', probeIn: 500 }));
    expect(gate.free()).toBe(0);
    gate.apply(undefined);
    expect(gate.free()).toBe(1);
  });

  it('does not take back what it has not yet told the others', () => {
    fail(500, 'a', 'b', 'c', 'd', 'e');
    gate.apply(undefined);
    expect(gate.free()).toBe(0);
  });

  it('counts a refusal of a record, and other failures only once the target took other records since', () => {
    expect(gate.failed('a', 3, refusal(422))).toMatchObject({ attempts: 4, dead: false });
    expect(gate.failed('b', 3, refusal(500))).toMatchObject({ attempts: 3 });
    expect(gate.failed('b', 3, refusal(500))).toMatchObject({ attempts: 3 });
    gate.succeeded('c');
    expect(gate.failed('b', 3, refusal(500))).toMatchObject({ attempts: 4 });
    expect(gate.failed('b', 4, refusal(500))).toMatchObject({ attempts: 4 });
  });

  it('makes a dead letter of a refused record after 8 attempts, and of another after 20', () => {
    expect(gate.failed('a', 6, refusal(422)).dead).toBe(false);
    expect(gate.failed('a', 7, refusal(422)).dead).toBe(true);
    gate.succeeded('b');
    expect(gate.failed('a', 18, refusal(500)).dead).toBe(false);
    gate.succeeded('b');
    expect(gate.failed('a', 19, refusal(404)).dead).toBe(true);
  });

  it('counts nothing while the target is down, and leaves records due within seconds', () => {
    fail(422, 'a', 'b', 'c', 'd', 'e');
    for (let n = 0; n < 100; n += 1) {
      const { attempts, retryIn, dead } = gate.failed(`r${n % 7}`, 7, refusal(422));
      expect({ attempts, dead }).toEqual({ attempts: 7, dead: false });
      expect(retryIn).toBeLessThanOrEqual(6_000);
    }
  });

  it('sends nothing while the target asks to be left alone, even if another request succeeds', () => {
    expect(gate.failed('a', 2, refusal(503, 30_000))).toEqual({ attempts: 2, retryIn: 30_000, dead: false });
    gate.failed('b', 0, refusal(429, 30_000));
    expect(saved()).toEqual(['quiet']);
    gate.succeeded('c');
    expect(gate.free()).toBe(0);
    expect(gate.free(later())).toBe(2);
  });
});
