import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** As `npm start` and the image start it. */
const nodeOptions = ['--min-semi-space-size=4', '--max-semi-space-size=4', '--heap-growing-percent=30'];
/** Milliseconds that a start may take. */
const startLimit = 60_000;

/** As many requests as no benchmark makes: they are counted, as they are by default. */
const RATE_LIMIT = '9999999/60';

/** The built service as its users run it, with default settings, its log going nowhere. */
export class ServiceProcess {
  private constructor(
    readonly url: string,
    /** Milliseconds from the start of the process to the first 200 on `/health/ready`. */
    readonly startTime: number,
    private readonly child: ChildProcess,
  ) {}

  /** @param settings environment variables of the service */
  static async start(settings: Record<string, string>): Promise<ServiceProcess> {
    if (!existsSync(main)) throw new Error('The service is not built; run: npx nest build');
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const begun = performance.now();
    const child = spawn(process.execPath, [...nodeOptions, main], {
      env: { RATE_LIMIT, ...settings, PORT: String(port) },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    while (!(await isReady(url))) {
      if (child.exitCode !== null) throw new Error('The service ended while it was starting.');
      if (performance.now() - begun > startLimit)
        throw new Error(`The service was not ready after ${startLimit / 1000} seconds.`);
      await pause(5);
    }
    return new ServiceProcess(url, performance.now() - begun, child);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/ready`);
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
