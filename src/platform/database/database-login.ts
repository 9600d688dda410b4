import { Client } from 'pg';

/** Where a connection URL leads, for messages; the password is left out. */
export interface DatabaseLogin {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Reads a connection URL as `pg` does, parameters such as `?host=` included. Does not connect. */
export function loginOf(url: string): DatabaseLogin {
  const { host, port, user = '', database = '' } = new Client({ connectionString: url });
  return { host, port, user, database };
}
