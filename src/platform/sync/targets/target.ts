import type { SyncedResource } from '../synced-resource.js';
import type { WebhookHeaders } from '../delivery/webhook-signature.js';

/** Members of a record, each with the values of which it must have one. */
export type Condition = Readonly<Record<string, readonly (string | number | boolean | null)[]>>;

/** Signs a message for a target; holds the secrets to do so, and shows none of them. */
export interface MessageSigner {
  sign(id: string, body: Buffer | string): WebhookHeaders;
}

/** A receiver of the changes of one resource. */
export interface Target {
  readonly id: number;
  readonly name: string;
  readonly resource: SyncedResource;
  /** Whose changes it gets; null: everybody's. */
  readonly agency: string | null;
  readonly url: string;
  readonly signature: MessageSigner;
  /** What it wants to be told of; null: everything. */
  readonly actions: readonly string[] | null;
  /** Which records it wants, before the change or after it; null: all. */
  readonly condition: Condition | null;
  /** `latest`: of the versions that wait, it gets the newest alone. */
  readonly mode: 'every' | 'latest';
  /** What happens to a record of which it refuses a version for good. */
  readonly afterDeadLetter: 'hold' | 'skip';
  /** Milliseconds for one attempt. */
  readonly timeout: number;
  /** Requests under way at once. */
  readonly concurrency: number;
  /** Sent with every message, beside those of the contract. */
  readonly headers: Readonly<Record<string, string>>;
  /** CIDR blocks of private networks in which it may be. */
  readonly allowedNetworks: readonly string[];
}
