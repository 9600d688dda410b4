import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withModule } from '../../src/tools/new-module/add-to-app.js';

/** What a copy of the repository needs to make, compile and test a module. */
const copied = [
  'package.json',
  'tsconfig.json',
  'jest.config.js',
  '.prettierrc.json',
  'openapi.json',
  'ormconfig.ts',
  'bench',
  'contract',
  'examples',
  'packages',
  'src',
  'test',
];

let copy: string;
let page: string;

const run = (program: string, ...args: string[]): string =>
  execFileSync(process.execPath, [`node_modules/${program}`, ...args], {
    cwd: copy,
    encoding: 'utf8',
    stdio: 'pipe',
    env: { ...process.env, NODE_OPTIONS: '--experimental-vm-modules' },
  });
const tool = (name: string, ...args: string[]): string =>
  execFileSync(
    process.execPath,
    ['--import', '@swc-node/register/esm-register', `src/tools/${name}.ts`, ...args],
    {
      cwd: copy,
      encoding: 'utf8',
      stdio: 'pipe',
    },
  );
const filesOf = (folder: string): string[] =>
  readdirSync(join(copy, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

beforeAll(() => {
  page = readFileSync('docs/adding-a-module.md', 'utf8');
  copy = mkdtempSync(join(tmpdir(), 'hms-kit-'));
  for (const name of copied) cpSync(name, join(copy, name), { recursive: true });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
});

afterAll(() => rmSync(copy, { recursive: true }));

describe('docs/adding-a-module.md', () => {
  it('writes a module of at most 200 lines with its command', () => {
    const [, name = '', fields = ''] = /npm run new:module (\w+) -- --fields "([^"]+)"/.exec(page) ?? [];
    tool('new-module', name, '--fields', fields);
    const lines = filesOf('src/grants').flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
    expect(lines.length).toBeLessThanOrEqual(200);
  });

  it('shows changes that apply to what was written, and keep its format', () => {
    const [stamp = ''] = readdirSync(join(copy, 'src/grants/migrations')).map((name) => name.slice(0, 13));
    const diffs = [...page.matchAll(/```diff\n(.*?)```/gs)].map(([, diff = '']) => diff);
    expect(diffs).toHaveLength(4);
    writeFileSync(join(copy, 'page.diff'), diffs.join('').replaceAll(/\d{13}/g, stamp));
    execFileSync('git', ['apply', 'page.diff'], { cwd: copy, stdio: 'pipe' });
    run('prettier/bin/prettier.cjs', '--check', 'src/grants', 'src/app.module.ts');
  });

  it('adds a target type as it says', () => {
    cpSync(join(copy, 'examples/spool'), join(copy, 'src/spool'), { recursive: true });
    for (const path of filesOf('src/spool'))
      writeFileSync(path, readFileSync(path, 'utf8').replace('../../src/platform/', '../platform/'));
    const app = join(copy, 'src/app.module.ts');
    writeFileSync(app, withModule(readFileSync(app, 'utf8'), { plural: 'spool', Classes: 'Spool' }));
    expect(readFileSync(app, 'utf8')).toContain('SpoolModule]');
  });

  it('leads to a module that compiles, also one with every type of field', () => {
    const all =
      'name:text notes:longtext? seats:integer rate:decimal? fee:money? opensOn:date closesAt:instant active:boolean ' +
      'stage:choice(open|closed) labels:tags extra:object policy:id(policies)? policies:ids(policies)';
    tool('new-module', 'offices', '--database', 'market', '--fields', all);
    expect(() => run('typescript/bin/tsc', '-p', 'tsconfig.json')).not.toThrow();
  });

  it('leads to a module whose tests pass', () => {
    tool('openapi');
    expect(() => run('jest/bin/jest.js', 'src/grants', 'src/offices')).not.toThrow();
  });
});
