import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a helper answers to a question. */
type Answer<Result> = { readonly result: Result } | { readonly problem: string };

/**
 * A part of the benchmark that runs in a process of its own, so that it does not share the event loop of
 * what it measures. It is asked one question at a time.
 */
export class HelperProcess<Question extends object, Result> {
  private constructor(private readonly child: ChildProcess) {}

  /** @param file name of a module of this folder that calls {@link answerQuestions} */
  static async start<Question extends object, Result>(
    file: string,
  ): Promise<HelperProcess<Question, Result>> {
    const child = fork(fileURLToPath(new URL(file, import.meta.url)), { serialization: 'advanced' });
    await once(child, 'message');
    return new HelperProcess(child);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  async ask(question: Question): Promise<Result> {
    const asked = new AbortController();
    const ended = once(this.child, 'exit', { signal: asked.signal }).then(() => {
      throw new Error('A process of the benchmark ended before it answered.');
    });
    this.child.send(question);
    try {
      const [answer] = (await Promise.race([once(this.child, 'message'), ended])) as [Answer<Result>];
      if ('problem' in answer) throw new Error(answer.problem);
      return answer.result;
    } finally {
      asked.abort();
      ended.catch(() => undefined);
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}

/** The other side: answers until the benchmark lets go of this process, or dies. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (result) => process.send?.({ result } satisfies Answer<unknown>),
      (error: unknown) => process.send?.({ problem: String(error) } satisfies Answer<unknown>),
    );
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}
