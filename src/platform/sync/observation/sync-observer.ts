import type { DatabaseName } from '../../config/settings.js';
import type { Target } from '../targets/target.js';

/** What a target that was sent a change answered, in as few kinds as an operator can act on. */
export const answerClasses = [
  '2xx',
  '3xx',
  '4xx',
  '429',
  '5xx',
  'timeout',
  'refused-address',
  'connection',
] as const;
export type AnswerClass = (typeof answerClasses)[number];

/** One request to a target, and how it ended. */
export interface Attempt {
  readonly target: Pick<Target, 'id' | 'name' | 'resource'>;
  readonly answer: AnswerClass;
  /** Of the request, from connecting to the end of the answer. */
  readonly seconds: number;
  /**
   * From the change to the answer that acknowledged it, by the clocks of the database and of this process.
   * Undefined: it was not acknowledged, or it is an older version that a resync sends again.
   */
  readonly secondsSinceChange?: number;
}

/**
 * Is told what the delivery does, for the metrics; also the token that it is injected by. Its methods are
 * called on the hot path: they return at once and never throw.
 */
export abstract class SyncObserver {
  abstract attempted(attempt: Attempt): void;
  /** Cursors were claimed, by a statement that took so long. */
  abstract claimed(database: DatabaseName, count: number, seconds: number): void;
  /** Acknowledgements changed nothing, since somebody else had taken over. */
  abstract fenced(database: DatabaseName, count: number): void;
  /** Acknowledgements were given up, since the lease was over before they could be written. */
  abstract leaseLost(database: DatabaseName, count: number): void;
  /** A dispatcher begins a turn: because something told it to, or because it was time to look. */
  abstract turned(database: DatabaseName, source: 'signal' | 'poll'): void;
}
