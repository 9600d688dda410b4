import type { Logger } from '@nestjs/common';
import { messageOf } from '../../database/error-details.js';
import { WakeUp } from '../../sync/delivery/wake-up.js';
import type { CheckpointWriter } from './checkpoint-writer.js';
import { InconsistentLogError } from './inconsistency.js';
import { sendToWitness } from './witness.js';

export interface CheckpointScheduleOptions {
  readonly database: string;
  /** Milliseconds between two turns. */
  readonly interval: number;
  readonly witnessUrl?: string | undefined;
  readonly log: Pick<Logger, 'error' | 'warn' | 'log'>;
}

/** Has the checkpoints of one database written, from {@link start} to {@link stop}. Says once what fails. */
export class CheckpointSchedule {
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> = Promise.resolve();
  private readonly ending = new AbortController();
  /** What was last said to fail. */
  private told = '';
  /** A checkpoint that the witness has not taken yet. */
  private unsent: string | undefined;
  private found: InconsistentLogError | undefined;

  constructor(
    private readonly writer: Pick<CheckpointWriter, 'turn'>,
    private readonly options: CheckpointScheduleOptions,
  ) {}

  /** Why checkpoints are refused, as of the last turn of this process. */
  get problem(): InconsistentLogError | undefined {
    return this.found;
  }

  start(): void {
    this.running = this.run();
  }

  /** Resolves when nothing is under way any more. */
  stop(): Promise<void> {
    this.ending.abort();
    this.wakeUp.now();
    return this.running;
  }

  private async run(): Promise<void> {
    while (!this.ending.signal.aborted) {
      await this.turn();
      await this.witness();
      await this.wakeUp.sleep(this.options.interval);
    }
  }

  private async turn(): Promise<void> {
    const { database } = this.options;
    try {
      const { busy, written } = await this.writer.turn(this.ending.signal);
      if (busy) return;
      this.found = undefined;
      this.unsent = written?.note ?? this.unsent;
      this.tell('');
    } catch (error) {
      if (this.ending.signal.aborted) return;
      if (error instanceof InconsistentLogError) {
        this.found = error;
        this.tell(
          `The change log of ${database} is not what was signed (${error.kind}), so no checkpoint is written: ` +
            `${error.message} Keep the checkpoints, and see docs/tamper-evidence.md.`,
        );
      } else this.tell(`No checkpoint of ${database} could be written: ${messageOf(error)}`);
    }
  }

  private async witness(): Promise<void> {
    const { database, witnessUrl, log } = this.options;
    if (witnessUrl === undefined || this.unsent === undefined) return;
    try {
      await sendToWitness(witnessUrl, this.unsent, this.ending.signal);
      this.unsent = undefined;
    } catch (error) {
      log.warn(
        `A checkpoint of ${database} did not reach the witness, and is sent again: ${messageOf(error)}`,
      );
    }
  }

  private tell(problem: string): void {
    const { log, database } = this.options;
    if (problem === this.told) return;
    if (problem) log.error(problem);
    else log.log(`Checkpoints of ${database} are written again.`);
    this.told = problem;
  }
}
