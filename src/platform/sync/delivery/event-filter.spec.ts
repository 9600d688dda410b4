import { wants } from './event-filter.js';

const active = '{"status":"active","level":1}';
const draft = '{"status":"draft","level":null}';
const change = (document: string, action = 'updated') => ({ action, document });

describe('the filter of a target', () => {
  const isActive = { actions: null, condition: { status: ['active', 'approved'] } };

  it.each([
    ['enters it', draft, active, true],
    ['stays in it', active, active, true],
    ['leaves it', active, draft, true],
    ['stays out of it', draft, draft, false],
    ['is made outside it', null, draft, false],
    ['was something that is not known', undefined, draft, true],
  ])('tells of a record that %s: %p to %p', (_, before, after, expected) => {
    expect(wants(isActive, { change: change(after), before, coalesced: false })).toBe(expected);
  });

  it('passes only its actions, where the change stands for no others', () => {
    const filter = { actions: ['created', 'deleted'], condition: null };
    expect(wants(filter, { change: change(active), before: draft, coalesced: false })).toBe(false);
    expect(wants(filter, { change: change(active), before: draft, coalesced: true })).toBe(true);
    expect(wants(filter, { change: change(active, 'deleted'), before: active, coalesced: false })).toBe(true);
  });

  it('takes all members of a condition together, null for a value, and an absent member for none', () => {
    const matches = (condition: Record<string, (string | number | null)[]>, document: string): boolean =>
      wants({ actions: null, condition }, { change: change(document), before: null, coalesced: false });
    expect(matches({ status: ['draft'], level: [null, 2] }, draft)).toBe(true);
    expect(matches({ status: ['active'], level: [2] }, active)).toBe(false);
    expect(matches({ category: [null] }, active)).toBe(false);
    expect(matches({ toString: [null] }, active)).toBe(false);
  });
});
