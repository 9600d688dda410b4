import type { Pool } from 'pg';

/** Where statements run: the pool, each as a transaction of its own, or a connection with one open transaction. */
export type Connection = Pick<Pool, 'query'>;
