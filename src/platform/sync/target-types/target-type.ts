/**
 * Delivers the messages of targets whose URLs have a scheme of its own. Ordering, retries, dead letters, breakers,
 * attempts and metrics are the platform's, and the same as for webhooks: a type sends one message once, and says how
 * that ended.
 *
 * One that opens connections does so through `ReceiverConnections`, which keeps it from leading where nothing may
 * be sent.
 */
export interface TargetType {
  /** The schemes that it serves, in lower case and without the colon: `spool`. Each is served by one type alone. */
  readonly schemes: readonly string[];

  /**
   * Looks at the URL of a target before it is saved. It has one of the schemes, and no password: credentials belong
   * in the target's headers, which are stored sealed.
   *
   * @param allowedNetworks of the target
   * @returns what is wrong with it and what would be right, as a sentence that does not repeat it; undefined: nothing
   */
  urlProblem(url: URL, allowedNetworks: readonly string[]): string | undefined;

  /**
   * Sends a message. The same message may come again, also when it was sent before. What it throws counts as no
   * answer: a `DeliveryError` is told in its own words, others by their `code`, such as `ECONNREFUSED`.
   */
  deliver(delivery: Delivery): Promise<TypeAnswer>;
}

/** A message, and where it is to go. */
export interface Delivery {
  readonly url: URL;
  /** Whose target it is; null: it gets the changes of all agencies. */
  readonly agency: string | null;
  /** Plural name of the resource: `policies`. */
  readonly resource: string;
  /** Those of the target, of CloudEvents and of Standard Webhooks, with the signature over `body`. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, to be sent in UTF-8 as it stands, since it is signed. */
  readonly body: string;
  /** CIDR blocks of networks that are not public and in which the target may be. */
  readonly allowedNetworks: readonly string[];
  /** Milliseconds until `signal`. */
  readonly timeout: number;
  /** Aborts when the time for the attempt is over. What comes after that counts for nothing, and should not come. */
  readonly signal: AbortSignal;
}

/** How a delivery ended. */
export interface TypeAnswer {
  /**
   * As an HTTP server would say it, with the consequences of `docs/sync-contract.md`: 2xx: the target has it; 422: it
   * refuses this record; 404: it is not set up rightly; 503: later; null: there was no answer.
   */
  readonly status: number | null;
  /** Why it is not delivered, in a few words without secrets; `HTTP` and the status unless given. */
  readonly error?: string;
  /** What the target said when it refused the message. */
  readonly text?: string;
  /** Milliseconds that the target is to be left alone, an hour at most. No attempt is counted then. */
  readonly retryAfter?: number;
}
