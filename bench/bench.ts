import { randomBytes } from 'node:crypto';
import type { BareServerQuestion } from './bare-server.js';
import { BenchDatabase } from './bench-database.js';
import { HelperProcess } from './helper-process.js';
import type { Load, LoadResult } from './load-generator.js';
import type { ReceiverQuestion, ReceiverState } from './receiver.js';
import { authorization, databaseVariables } from './service-environment.js';
import { ServiceProcess } from './service-process.js';

/** A server under load. */
export interface Server {
  readonly url: string;
  readonly pid: number | undefined;
}

/** Everything that is measured or measures, running. */
export interface Bench {
  readonly records: number;
  readonly database: BenchDatabase;
  readonly receiver: HelperProcess<ReceiverQuestion, ReceiverState>;
  /** Port of the receiver. */
  readonly receiverPort: number;
  readonly load: HelperProcess<Load, LoadResult>;
  readonly bare: Server;
  readonly service: ServiceProcess;
  /** Environment of the service, without its databases. */
  readonly settings: Record<string, string>;
  /** Value of `Authorization`. */
  readonly token: string;
}

/** Starts PostgreSQL with so many records, the service, the bare server, a receiver and the load generator. */
export async function startBench(records: number, started: AsyncDisposableStack): Promise<Bench> {
  const database = await BenchDatabase.start();
  started.defer(() => database.remove());
  await database.fill(records);
  const receiver = await HelperProcess.start<ReceiverQuestion, ReceiverState>('receiver.ts');
  const load = await HelperProcess.start<Load, LoadResult>('load-generator.ts');
  const bareServer = await HelperProcess.start<BareServerQuestion, string>('bare-server.ts');
  for (const helper of [receiver, load, bareServer]) started.defer(() => helper.stop());
  const url = await bareServer.ask({ databaseUrl: database.addresses.policy.migrationUrl });
  const bare = { url, pid: bareServer.pid };
  const { port: receiverPort } = await receiver.ask({ do: 'open', port: 0 });
  const settings = settingsOf(database, receiverPort);
  const service = await ServiceProcess.start({ ...settings, ...databaseVariables(database) });
  started.defer(() => service.stop());
  const token = authorization(database.directory, ['policies:read', 'policies:write', 'sync:admin']);
  return { records, database, receiver, receiverPort, load, bare, service, settings, token };
}

/** Waits until everything is delivered, and returns how many messages arrived since the last time. */
export async function drain({ database, receiver }: Bench): Promise<number> {
  await database.drained();
  return (await receiver.ask({ do: 'take' })).arrivals.length;
}

function settingsOf({ directory }: BenchDatabase, receiverPort: number): Record<string, string> {
  return {
    DATA_DIR: directory,
    SYNC_URL: `http://127.0.0.1:${receiverPort}/{resource}`,
    SYNC_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  };
}
