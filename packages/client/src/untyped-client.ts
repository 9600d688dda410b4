/** What a method of the client resolves to. */
export interface Result<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

type Method = (path: string, init: object) => Promise<Result<unknown>>;

/** The client as it is for a path that only the caller of a function knows: that function has typed it. */
export interface UntypedClient {
  readonly GET: Method;
  readonly PUT: Method;
}
