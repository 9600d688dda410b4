import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What an engine in a process of its own is started with. */
export interface EngineProcessOptions {
  /** Of PolicyDB, as the application. */
  readonly database: string;
  /** Of the receiver, with `{resource}`. */
  readonly receiver: string;
  /** In milliseconds. */
  readonly lease: number;
  readonly timeout: number;
  /** Id of a record; to deliver it ends the process. */
  readonly deadly?: string;
}

/** A sync engine in a process of its own, that can die and be stopped for a time without harm to the test. */
export class EngineProcess {
  readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit');
  }

  static start(options: EngineProcessOptions): EngineProcess {
    const main = fileURLToPath(new URL('./engine-main.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      ['--import', '@swc-node/register/esm-register', main, JSON.stringify(options)],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    return new EngineProcess(child);
  }

  get runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    if (!this.runs) return;
    this.child.kill(signal);
    if (signal === 'SIGKILL') await this.ended;
  }
}
