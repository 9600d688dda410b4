import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { databaseNames } from '../../src/platform/config/settings.js';
import type { DatabaseAddresses } from '../../src/platform/database/database-addresses.js';
import { urlVariable } from '../../src/platform/database/database-label.js';
import { until } from './gate.js';
import { generousRateLimits } from './rate-limits.js';

/** Milliseconds that a start may take, `initdb` and the recovery of a database included. */
const startPatience = 60_000;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built service as a process of its own, in its own process group, as a terminal would run it. */
export class ServiceProcess {
  /** All that it wrote to standard output, and to standard error. */
  output = '';
  errors = '';
  /** Base address; empty until it listens. */
  url = '';
  /** When the process is gone and all it wrote is read. */
  readonly exited: Promise<Exit>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.errors += text));
    this.exited = once(child, 'close').then(([code, signal]: unknown[]) => ({
      code: code as Exit['code'],
      signal: signal as Exit['signal'],
    }));
  }

  /** Starts the service on a free port. Nothing of this process's environment reaches it. */
  static spawn(variables: Record<string, string>): ServiceProcess {
    const { PATH = '', HOME = '' } = process.env;
    const quiet = { NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'warn', ...generousRateLimits };
    const env = { PATH, HOME, ...quiet, ...variables };
    return new ServiceProcess(spawn(process.execPath, ['dist/main.js'], { env, detached: true }));
  }

  /** Starts the service, and waits until it listens. */
  static async start(variables: Record<string, string>): Promise<ServiceProcess> {
    const service = ServiceProcess.spawn(variables);
    try {
      await service.listening();
    } catch (error) {
      await service.kill('SIGKILL');
      throw error;
    }
    return service;
  }

  /** Runs the service to its end, which must come by itself. */
  static async run(variables: Record<string, string>): Promise<ServiceProcess & Exit> {
    const service = ServiceProcess.spawn(variables);
    try {
      await until('the service ends', () => service.gone, startPatience);
    } catch (error) {
      await service.kill('SIGKILL');
      throw error;
    }
    return Object.assign(service, await service.exited);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get gone(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits until it says where it listens. */
  async listening(): Promise<void> {
    await until('the service listens', () => this.gone || this.address() !== undefined, startPatience);
    const address = this.address();
    // Only then all that it wrote is read.
    if (!address) await this.exited;
    if (!address) throw new Error(`The service did not start:\n${this.output}${this.errors}`);
    this.url = address;
  }

  /** Sends a signal to it alone, and waits for its end. */
  async kill(signal: NodeJS.Signals): Promise<Exit> {
    if (!this.gone) this.child.kill(signal);
    return this.exited;
  }

  /** Does what Ctrl-C in a terminal does: signals its whole process group. */
  async interrupt(): Promise<Exit> {
    process.kill(-this.pid, 'SIGINT');
    return this.exited;
  }

  private address(): string | undefined {
    return /^HMS is running at (\S+)$/m.exec(this.output)?.[1];
  }
}

/** The environment variables that name these databases. */
export function databaseVariables(addresses: DatabaseAddresses): Record<string, string> {
  return Object.fromEntries(
    databaseNames.flatMap((name) => [
      [urlVariable(name, 'application'), addresses[name].url],
      [urlVariable(name, 'migration'), addresses[name].migrationUrl],
    ]),
  );
}
