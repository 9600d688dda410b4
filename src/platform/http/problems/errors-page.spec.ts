import { readFileSync } from 'node:fs';
import { type ProblemCode, problemCatalogue } from './problem-catalogue.js';

const page = readFileSync('docs/errors.md', 'utf8');
const sections = page.split(/^## /m).slice(1);

describe('docs/errors.md', () => {
  it('has a section for each code of the catalogue, in its order, and no other', () => {
    const codes = sections.map((section) => /^`([a-z-]+)`/.exec(section)?.[1]);
    expect(codes).toEqual(Object.keys(problemCatalogue));
  });

  it.each(Object.keys(problemCatalogue) as ProblemCode[])(
    'says of %s its status, title, when and what to do',
    (code) => {
      const section = sections.find((each) => each.startsWith(`\`${code}\``)) ?? '';
      const { status, title } = problemCatalogue[code];
      expect(section).toContain(`${status} · ${title}\n`);
      expect(section).toMatch(/^- \*\*When\*\*: \S[^]*^- \*\*Remedy\*\*: \S/m);
    },
  );
});
