import { residentMemory } from './process-usage.js';

/** Milliseconds between two samples. */
const interval = 250;

/** The resident memory of a process, watched over a time. */
export class MemorySamples {
  private readonly samples: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pid: number | undefined) {
    this.timer = setInterval(() => {
      void residentMemory(pid).then((size) => size !== undefined && this.samples.push(size));
    }, interval);
  }

  /** Ends the watch. @returns the highest value of each quarter of the time, in MB */
  stop(): number[] {
    clearInterval(this.timer);
    const length = Math.ceil(this.samples.length / 4);
    return [0, 1, 2, 3].map((quarter) =>
      Math.round(Math.max(...this.samples.slice(quarter * length, (quarter + 1) * length))),
    );
  }
}
