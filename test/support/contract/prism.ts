import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { until } from '../gate.js';
import { portOf } from '../port-of.js';

/** Prism as a process of its own, on openapi.json. */
export interface Prism {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts `prism mock` or `prism proxy`, and waits until it listens. */
export async function startPrism(command: 'mock' | 'proxy', ...options: string[]): Promise<Prism> {
  const port = await freePort();
  const cli = 'node_modules/@stoplight/prism-cli/dist/index.js';
  const prism = spawn(process.execPath, [cli, command, 'openapi.json', ...options, `--port=${port}`]);
  const exited = once(prism, 'exit');
  const output = Promise.all([text(prism.stdout), text(prism.stderr)]);
  const url = `http://127.0.0.1:${port}`;
  await until('Prism listens', () => prism.exitCode !== null || answers(url), 60_000);
  if (prism.exitCode !== null) throw new Error(`Prism did not start: ${(await output).join('')}`);
  return {
    url,
    stop: async () => {
      prism.kill();
      await exited;
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/health/live`).then(
    () => true,
    () => false,
  );
}
