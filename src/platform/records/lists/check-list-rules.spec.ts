import { checkListRules } from './check-list-rules.js';
import { choice, day } from './list-filters.js';
import type { ListRules } from './list-rules.js';

const columns = [{ member: 'endsOn', column: 'ends_on', type: 'date' }];
const check = (rules: Partial<ListRules>): void =>
  checkListRules(
    {
      resource: 'grants',
      table: 'grants',
      columns,
      rules: { filters: {}, sorts: [], searched: 'nothing', large: [], ...rules },
    },
    (member) => member === 'endsOn',
  );

describe('the rules of lists', () => {
  it('are refused where they name what records do not have', () => {
    expect(() => check({ filters: { state: choice(['open']) } })).toThrow('name state, but');
    expect(() => check({ sorts: ['name'] })).toThrow('name name, but');
    expect(() => check({ filters: { endsOn: day }, sorts: ['id', 'createdAt'] })).not.toThrow();
  });

  it('are refused where they sort by what may be null', () => {
    expect(() => check({ sorts: ['endsOn'] })).toThrow('say in absent what null counts as');
    expect(() => check({ sorts: ['endsOn'], absent: { endsOn: 'infinity' } })).not.toThrow();
  });
});
