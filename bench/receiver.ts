import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { answerQuestions } from './helper-process.js';
import { clock } from './statistics.js';

/** One message that arrived at the receiver. */
export interface Arrival {
  readonly recordId: string;
  readonly version: number;
  /** When its headers were there; see {@link clock}. */
  readonly at: number;
}

export type ReceiverQuestion =
  /** Listens on this port, 0 for any. */
  | { readonly do: 'open'; readonly port: number }
  /** Closes the port and all connections. */
  | { readonly do: 'close' }
  /** Hands over what arrived since the last time. */
  | { readonly do: 'take' };

export interface ReceiverState {
  readonly port: number;
  /** When it began to listen. */
  readonly opened: number;
  readonly arrivals: readonly Arrival[];
}

let server: Server | undefined;
let opened = 0;
let arrivals: Arrival[] = [];

async function open(port: number): Promise<void> {
  server = createServer((request, response) => {
    arrivals.push(arrivalOf(request));
    request.resume();
    response.writeHead(204).end();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  opened = clock();
}

function arrivalOf({ headers }: IncomingMessage): Arrival {
  return {
    recordId: String(headers['ce-subject']),
    version: Number(headers['ce-sequence']),
    at: clock(),
  };
}

async function close(): Promise<void> {
  if (!server) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(question: ReceiverQuestion): Promise<ReceiverState> {
  if (question.do === 'open') await open(question.port);
  if (question.do === 'close') await close();
  const taken = question.do === 'take' ? arrivals : [];
  if (question.do === 'take') arrivals = [];
  const address = server?.address();
  return { port: typeof address === 'object' && address ? address.port : 0, opened, arrivals: taken };
}

// An external system, which answers 204 at once.
answerQuestions(answer);
