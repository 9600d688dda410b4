/** When and how often a request is sent again. */
export interface RetryOptions {
  /** Most attempts at a request, the first included; 4 unless given. */
  readonly attempts?: number;
  /** Milliseconds before the second attempt, doubled for each one after it, where no `Retry-After` says more; 200 unless given. */
  readonly backoff?: number;
  /** Most milliseconds to wait for one attempt; an answer that asks for more is returned. 60,000 unless given. */
  readonly longestWait?: number;
}

type Fetch = (request: Request) => Promise<Response>;

/** What may be sent twice to the same end (RFC 9110, section 9.2.2); so may a merge patch. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']);

/**
 * A `fetch` that sends a request again after 429, after 503, where no answer came, and while the first attempt
 * is still under way. After 429 nothing was done, so any request is sent again; otherwise only one that may be
 * sent twice: by its method, or with an `Idempotency-Key`. An abort ends the waiting too.
 */
export function withRetries(fetch: Fetch, options: RetryOptions = {}): Fetch {
  const { attempts = 4, backoff = 200, longestWait = 60_000 } = options;
  return async (request) => {
    const repeatable = idempotent.has(request.method) || request.headers.has('Idempotency-Key');
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt >= attempts;
      const outcome = await attemptAt(fetch, last ? request : request.clone());
      const again = 'error' in outcome ? repeatable : isTemporary(outcome.response, repeatable);
      // Half of the pause is left to chance, so that many clients do not come back at once.
      const pause = backoff * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const wait = Math.max(pause, 'error' in outcome ? 0 : retryAfter(outcome.response));
      if (last || !again || request.signal.aborted || wait > longestWait) return settle(outcome);
      if ('response' in outcome) await outcome.response.body?.cancel();
      await sleep(wait, request.signal);
    }
  };
}

type Outcome = { readonly response: Response } | { readonly error: unknown };

async function attemptAt(fetch: Fetch, request: Request): Promise<Outcome> {
  try {
    return { response: await fetch(request) };
  } catch (error) {
    return { error };
  }
}

function settle(outcome: Outcome): Response {
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}

/** A conflict that names a time passes by itself, such as the one with a first attempt that is still under way. */
function isTemporary({ status, headers }: Response, repeatable: boolean): boolean {
  const overtaken = status === 409 && headers.has('Retry-After');
  return status === 429 || (repeatable && (status === 503 || overtaken));
}

/** Milliseconds that the answer asks to wait (RFC 9110, section 10.2.3); 0 where it does not. */
function retryAfter({ headers }: Response): number {
  const text = headers.get('Retry-After') ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const instant = Date.parse(text);
  return Number.isNaN(instant) ? 0 : Math.max(0, instant - Date.now());
}

/** @throws the reason of the abort */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, milliseconds);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
