import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { startApp, type TestApp } from '../support/app.js';

const hasRequests = spawnSync('python3', ['-c', 'import requests']).status === 0;

// Whoever works on the service needs no Python; where it is, the example must run as it stands.
(hasRequests ? describe : describe.skip)('The Python example', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('makes, reads, changes and lists policies', async () => {
    const { PATH } = process.env;
    const env = { PATH, HMS_URL: service.url, HMS_TOKEN: service.token() };
    const python = spawn('python3', ['examples/python/policies.py'], { env });
    const [output, errors] = await Promise.all([
      text(python.stdout),
      text(python.stderr),
      once(python, 'exit'),
    ]);
    expect(errors).toBe('');
    expect(output).toMatch(
      /^made \S+ version 1\nchanged Eligible for benefit through Dec 2025 version 2\nrefused 412 precondition-failed\nlisted 1\n$/,
    );
  });
});
