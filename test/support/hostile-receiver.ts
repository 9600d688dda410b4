import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { portOf } from './port-of.js';

/** What a receiver does with a connection, and what the sender must make of it. */
export interface Hostility {
  readonly name: string;
  readonly secure?: boolean;
  readonly status: number | null;
  readonly error: string | null;
  readonly play: (socket: Socket) => void;
}

const interval = 10;

/** Writes something every few milliseconds for as long as the connection lives. */
function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), interval);
  socket.on('close', () => clearInterval(timer));
}

/** Writes as fast as the other side reads, for as long as the connection lives. */
function flood(socket: Socket, piece: string | Buffer): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

/** Answers once the head of the request is there, its body read or not. */
const onRequest =
  (answer: (socket: Socket) => void) =>
  (socket: Socket): void =>
    void socket.once('data', () => answer(socket));
const say = (text: string): ((socket: Socket) => void) => onRequest((socket) => socket.write(text));

const ok = 'HTTP/1.1 200 OK\r\n';
const accepted = { status: 200, error: null };
const timeout = { status: null, error: 'timeout' };
const lost = { status: null, error: 'connection lost' };
const notHttp = { status: null, error: 'not an HTTP answer' };

const kilobyte = 'x'.repeat(1024);
/** A hundred megabytes of nothing. */
const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));

export const hostilities: readonly Hostility[] = [
  { name: 'accepts and says nothing', ...timeout, play: () => undefined },
  {
    name: 'drips headers',
    ...timeout,
    play: onRequest((socket) => {
      socket.write(`${ok}X-Slow: `);
      drip(socket, 'x');
    }),
  },
  {
    name: 'drips a body',
    ...timeout,
    play: onRequest((socket) => {
      socket.write(`${ok}Content-Length: 1000000\r\n\r\n`);
      drip(socket, 'x');
    }),
  },
  { name: 'promises a body that never comes', ...timeout, play: say(`${ok}Content-Length: 10\r\n\r\n`) },
  { name: 'begins a body without an end', ...timeout, play: say(`${ok}Connection: close\r\n\r\nbody`) },
  {
    name: 'sends a body of a gigabyte',
    ...accepted,
    play: onRequest((socket) => {
      socket.write(`${ok}Content-Length: 1073741824\r\n\r\n`);
      flood(socket, kilobyte);
    }),
  },
  {
    name: 'sends an endless body in chunks',
    ...accepted,
    play: onRequest((socket) => {
      socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n`);
      flood(socket, `400\r\n${kilobyte}\r\n`);
    }),
  },
  {
    name: 'sends a gzip bomb',
    ...accepted,
    play: onRequest((socket) => {
      socket.write(`${ok}Content-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`);
      socket.write(bomb);
    }),
  },
  {
    name: 'sends one endless header',
    ...notHttp,
    play: onRequest((socket) => {
      socket.write(`${ok}X-Long: `);
      flood(socket, kilobyte);
    }),
  },
  {
    name: 'sends headers without end',
    ...notHttp,
    play: onRequest((socket) => {
      socket.write(ok);
      flood(socket, 'X-Another: one\r\n'.repeat(64));
    }),
  },
  {
    name: 'sends an endless chunk extension',
    ...notHttp,
    play: onRequest((socket) => {
      socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n1;`);
      flood(socket, kilobyte);
    }),
  },
  {
    name: 'sends trailers without end',
    ...notHttp,
    play: onRequest((socket) => {
      socket.write(`${ok}Transfer-Encoding: chunked\r\n\r\n0\r\n`);
      flood(socket, 'X-Another: one\r\n'.repeat(64));
    }),
  },
  {
    name: 'goes on and on (1xx)',
    ...notHttp,
    play: onRequest((socket) => flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(40))),
  },
  {
    name: 'switches protocols',
    status: 101,
    error: 'HTTP 101',
    play: say('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tea\r\n\r\n'),
  },
  { name: 'speaks something else', ...notHttp, play: (socket) => flood(socket, Buffer.alloc(1024, 0xff)) },
  {
    name: 'says the length in two ways',
    ...notHttp,
    play: say(`${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  },
  { name: 'says a length that is none', ...notHttp, play: say(`${ok}Content-Length: -1\r\n\r\n`) },
  { name: 'closes at once', ...lost, play: (socket) => socket.end() },
  { name: 'resets at once', ...lost, play: (socket) => socket.resetAndDestroy() },
  { name: 'resets after the request', ...lost, play: onRequest((socket) => socket.resetAndDestroy()) },
  {
    name: 'resets within the headers',
    ...lost,
    play: onRequest((socket) => socket.write(`${ok}X: `, () => socket.resetAndDestroy())),
  },
  {
    name: 'closes within the body',
    ...lost,
    play: onRequest((socket) => socket.end(`${ok}Content-Length: 10\r\n\r\nhalf`)),
  },
  { name: 'hangs in the TLS handshake', secure: true, ...timeout, play: () => undefined },
  {
    // The head of a record of 16 KB, and then its bytes one by one.
    name: 'drips a TLS handshake',
    secure: true,
    ...timeout,
    play: (socket) => {
      socket.write(Buffer.from([22, 3, 3, 64, 0, 2, 0, 63, 252]));
      drip(socket, '\u0003');
    },
  },
  {
    name: 'speaks no TLS',
    secure: true,
    status: null,
    error: 'TLS failed',
    play: (socket) => flood(socket, kilobyte),
  },
  { name: 'closes in the TLS handshake', secure: true, ...lost, play: onRequest((socket) => socket.end()) },
];

/** A receiver that plays what each connection is to get. */
export class HostileReceiver {
  /** Connections that the sender has not closed. */
  readonly open = new Set<Socket>();
  connections = 0;
  play: Hostility['play'] = () => undefined;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<HostileReceiver> {
    const server = createServer();
    const receiver = new HostileReceiver(server);
    server.on('connection', (socket) => receiver.accept(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  url(secure = false): string {
    return `${secure ? 'https' : 'http'}://127.0.0.1:${portOf(this.server)}/`;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private accept(socket: Socket): void {
    this.connections += 1;
    this.open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.open.delete(socket));
    this.play(socket);
    // Whoever does not read does not see the end either.
    socket.resume();
  }
}
