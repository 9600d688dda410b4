import { Injectable } from '@nestjs/common';
import type { Caller } from './caller.js';
import type { RequestOrigin } from './request-context.js';

/** How something that matters for security ended. */
export type SecurityOutcome = 'success' | 'denied' | 'failed';

/** Something that matters for security and changes no record. It never holds a token or a part of one. */
export interface SecurityEvent {
  /** What was tried, such as `access.denied`. */
  readonly action: string;
  readonly outcome: SecurityOutcome;
  readonly origin: RequestOrigin;
  /** Who tried it; undefined where that is not proven. */
  readonly caller?: Caller | undefined;
  /** The id in the path, where the route has one. */
  readonly recordId?: string | undefined;
  /** Why it ended so, or what it was about, as a sentence or less. */
  readonly reason?: string | undefined;
}

/**
 * Where parts of the platform report security events, and where whoever keeps them listens. Without a
 * listener they are lost.
 */
@Injectable()
export class SecurityEvents {
  private readonly listeners = new Set<(event: SecurityEvent) => void>();

  /** Returns at once and never throws, as long as the listeners do not. */
  record(event: SecurityEvent): void {
    for (const listener of this.listeners) listener(event);
  }

  /** Calls `listener` with every event until the returned function is called. */
  subscribe(listener: (event: SecurityEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
