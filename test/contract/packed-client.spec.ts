import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { startApp, type TestApp } from '../support/app.js';

const root = process.cwd();
/** What the client needs at run time; the portal's npm would get it from its registry. */
const dependencies = ['openapi-fetch', 'openapi-typescript-helpers'].map((name) =>
  join(root, 'node_modules', name),
);
const compilerOptions = {
  module: 'nodenext',
  target: 'es2022',
  lib: ['es2023', 'dom'],
  types: [],
  strict: true,
  outDir: 'dist',
};
/** What the example of its README takes as given: the portal's session, and its way to show something. */
const given = {
  'given.d.ts': 'declare const session: { token: string };\ndeclare function show(value: unknown): void;\n',
  'given.js':
    'globalThis.session = { token: process.env.TOKEN };\nglobalThis.show = (value) => console.log(JSON.stringify(value));\n',
};

/** Milliseconds for npm and the compiler, which have 600 KB of types to read. */
const patience = 180_000;

describe('The client as it is packed: npm pack -w @hms/client', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hms-client-'));
  const portal = join(directory, 'portal');
  let service: TestApp;

  // Without the variables that npm sets for a script: they name this folder.
  const { PATH, HOME } = process.env;
  const run = async (
    cwd: string,
    program: string,
    args: string[],
    variables: object = {},
  ): Promise<string> => {
    const env = { PATH, HOME, ...variables };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const [output, errors] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    if (child.exitCode !== 0) throw new Error(`${program} ${args.join(' ')}\n${output}${errors}`);
    return output;
  };
  const write = (files: Record<string, string>): void => {
    for (const [name, content] of Object.entries(files)) writeFileSync(join(portal, name), content);
  };
  const compile = (): Promise<string> =>
    run(portal, process.execPath, [join(root, 'node_modules/typescript/bin/tsc')]);

  beforeAll(async () => {
    service = await startApp();
    mkdirSync(portal);
    await run(root, 'npm', ['pack', '--silent', '-w', '@hms/client', '--pack-destination', directory]);
    const packed = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '';
    write({
      'package.json': '{ "name": "portal", "private": true, "type": "module" }',
      'tsconfig.json': JSON.stringify({ compilerOptions, include: ['*.ts'] }),
      ...given,
    });
    await run(portal, 'npm', [
      'install',
      '--offline',
      '--install-links',
      join(directory, packed),
      ...dependencies,
    ]);
  }, patience);

  afterAll(async () => {
    rmSync(directory, { recursive: true });
    await service?.close();
  });

  const installed = (name: string): string =>
    readFileSync(join(portal, 'node_modules/@hms/client', name), 'utf8');

  it('has the version of the document, and no sources', () => {
    const { info } = JSON.parse(readFileSync('openapi.json', 'utf8')) as { info: { version: string } };
    expect(JSON.parse(installed('package.json'))).toMatchObject({ version: info.version });
    const files = readdirSync(join(portal, 'node_modules/@hms/client'), { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
  });

  it(
    'runs as its README says',
    async () => {
      await service.request('POST', '/api/policies', {
        body: { id: '123', title: 'Winter heating allowance' },
      });
      await service.request('POST', '/api/market/items', { body: { id: '123', name: 'Heating check' } });
      const [, example = ''] = /```ts\n([^`]+)```/.exec(installed('README.md')) ?? [];
      write({ 'example.ts': example.replace('https://api.gov', service.url) });
      await compile();
      const shown = await run(portal, process.execPath, ['--import', './given.js', 'dist/example.js'], {
        TOKEN: service.token(),
      });
      expect(
        shown
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toMatchObject([{ id: '123', name: 'Heating check' }, [{ pointer: '/title' }]]);
      const { body } = await service.request('GET', '/api/policies/123');
      expect(body).toMatchObject({ tags: ['winter'], version: 2 });
    },
    patience,
  );

  it(
    'does not compile with what the document does not have',
    async () => {
      write({
        'example.ts': `import { createHmsClient } from '@hms/client';
const hms = createHmsClient({ baseUrl: 'https://api.gov', token: 'a token' });
await hms.POST('/api/policies', { body: { titel: 'Misspelt' } });
await hms.GET('/api/polices');
`,
      });
      await expect(compile()).rejects.toThrow(/example\.ts\(3,.*titel.*\nexample\.ts\(4,/);
    },
    patience,
  );
});
