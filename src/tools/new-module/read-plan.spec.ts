import { readPlan } from './read-plan.js';

const resources = [{ name: 'policies', type: 'policy' }] as unknown as Parameters<typeof readPlan>[1];
const plan = (name: string, fields = 'title:text', ...others: string[]) =>
  readPlan([name, '--fields', fields, ...others], resources, 0);

describe('The plan of a new module', () => {
  it('has its names from one, and its members from the fields', () => {
    expect(plan('bounties', 'title:text awardedAt:instant?')).toMatchObject({
      plural: 'bounties',
      singular: 'bounty',
      Class: 'Bounty',
      database: 'policy',
      fields: [
        { member: 'title', columnName: 'title', optional: false },
        { member: 'awardedAt', columnName: 'awarded_at', optional: true },
      ],
    });
    expect(plan('staff', 'title:text', '--singular', 'member', '--database', 'market')).toMatchObject({
      singular: 'member',
      database: 'market',
    });
  });

  it.each([
    ['grants', 'title:txt', 'title has the type txt, which is none; take one of text, '],
    ['grants', 'title', '"title" is no field. Write fields as name:type'],
    ['grants', '', 'A record needs a member of its own.'],
    [
      'grants',
      'version:integer',
      'version has a meaning of its own in the API or in SQL; take another name.',
    ],
    ['grants', 'order:integer', 'order has a meaning of its own'],
    ['grants', 'Title:text', 'Title cannot be the name of a member'],
    ['grants', 'title:text title:date', 'title is there twice; leave one out.'],
    ['grants', 'stage:choice(open)', 'stage needs two or more different choices'],
    [
      'grants',
      'title:text policy:id(laws)?',
      'policy must say which records it refers to, out of policies, grants',
    ],
    ['grants', 'title:text policy:id(policies)', 'make it optional, policy:id(policies)?.'],
    ['grants', 'title:text(9)', 'title: the type text takes nothing in parentheses'],
    ['policies', 'title:text', 'There is something called policies or policy already; take another name.'],
    ['metrics', 'title:text', 'There is something called metrics or metric already'],
    ['tools', 'title:text', 'The folder src/tools is there already; take another name, or remove it.'],
    ['Grants', 'title:text', '"Grants" cannot be the name of a module'],
    ['staff', 'title:text', 'One of the staff has no name of its own: give it with --singular.'],
  ])('refuses %s with "%s"', (name, fields, sentence) => {
    expect(() => plan(name, fields)).toThrow(sentence);
  });

  it('refuses a database that there is not, and an option that there is not', () => {
    expect(() => plan('grants', 'title:text', '--database', 'grants')).toThrow('There is no database grants');
    expect(() => plan('grants', 'title:text', '--colour')).toThrow(
      /Unknown option '--colour'.*npm run new:module/,
    );
  });
});
