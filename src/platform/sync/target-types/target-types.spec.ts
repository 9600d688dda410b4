import { StartupError } from '../../config/startup.error.js';
import type { TargetType } from './target-type.js';
import { TargetTypes } from './target-types.js';

class Shelf implements TargetType {
  constructor(readonly schemes: readonly string[]) {}

  urlProblem(): undefined {
    return undefined;
  }

  async deliver() {
    return { status: 204 };
  }
}

class Drawer extends Shelf {}

describe('target types', () => {
  it('are found by the scheme of a URL', () => {
    const shelf = new Shelf(['shelf', 'shelf+top']);
    const types = new TargetTypes([shelf, new Drawer(['drawer'])]);
    expect([types.find('shelf:a'), types.find('SHELF+TOP://b'), types.find('https://c')]).toEqual([
      shelf,
      shelf,
      undefined,
    ]);
    expect(types.schemes).toEqual(['shelf', 'shelf+top', 'drawer']);
  });

  it('say which URLs nobody serves', () => {
    const types = new TargetTypes([new Shelf(['shelf'])]);
    expect(['http://a', 'https://a', 'shelf:a'].map((url) => types.refusal(url))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(types.refusal('ftp://a')).toBe('no module serves ftp: URLs');
  });

  it.each([
    [[new Shelf(['a']), new Drawer(['b', 'a'])], 'The target type Drawer serves a: URLs, as Shelf does; '],
    [[new Shelf(['https'])], 'The target type Shelf serves https: URLs, as the platform itself does; '],
    [[new Shelf(['Shelf:'])], 'The target type Shelf serves "Shelf:", which is no scheme: '],
  ])('that cannot be told apart stop the start', (types, sentence) => {
    expect(() => new TargetTypes(types)).toThrow(StartupError);
    expect(() => new TargetTypes(types)).toThrow(sentence);
  });
});
