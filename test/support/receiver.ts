import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';

/** One POST as it arrived. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `resource/agency/id`. */
  readonly record: string;
  readonly version: number;
  readonly resync: boolean;
  /** What it was answered; undefined: not yet, or the connection was dropped. */
  status: number | undefined;
  /** Counts arrivals and answers together, so that they can be put in order. */
  readonly arrivedAt: number;
  answeredAt: number | undefined;
  /** When it arrived, on the monotonic clock. */
  readonly instant: number;
}

/** What to answer; `drop` closes the connection without a word, `hang` leaves the sender waiting. */
export type Script = (received: Received, index: number) => Reply | Promise<Reply>;
export type Reply =
  | 'drop'
  | 'hang'
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    };

const accept: Script = () => ({ status: 204 });

/** An external system that keeps all it is sent, and answers as a test wants. */
export class Receiver {
  readonly received: Received[] = [];
  /** Records of which two requests were under way at once. */
  readonly overlaps: string[] = [];
  script: Script = accept;

  private server: Server | undefined;
  private port = 0;
  private clock = 0;
  private readonly underWay = new Map<string, number>();

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.up();
    return receiver;
  }

  /** With `{resource}`. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/{resource}`;
  }

  get accepted(): Received[] {
    return this.received.filter(({ status }) => status !== undefined && status >= 200 && status < 300);
  }

  /** Versions of a record in the order in which they arrived. */
  versionsOf(record: string): number[] {
    return this.received.filter((one) => one.record === record).map(({ version }) => version);
  }

  /** Listens again, on the same port. */
  async up(): Promise<void> {
    const server = createServer((request, response) => void this.receive(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    const address = server.address();
    this.port = typeof address === 'object' && address ? address.port : 0;
    this.server = server;
  }

  /** Refuses connections, and drops those that are open. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await this.read(request);
    if (!received) return;
    const { record } = received;
    const others = this.underWay.get(record) ?? 0;
    if (others > 0) this.overlaps.push(record);
    this.underWay.set(record, others + 1);
    // A receiver that is gone for the sender has ended the request.
    response.on('close', () => this.underWay.set(record, (this.underWay.get(record) ?? 1) - 1));
    const index = this.received.push(received) - 1;
    const reply = await this.script(received, index);
    if (reply === 'drop') {
      request.socket.destroy();
      return;
    }
    if (reply === 'hang') return;
    received.status = reply.status;
    received.answeredAt = this.clock++;
    response.writeHead(reply.status, reply.headers).end(reply.body);
  }

  /** Undefined where the sender died before the end of its request. */
  private async read(request: IncomingMessage): Promise<Received | undefined> {
    const body = await bodyOf(request);
    if (!body) return undefined;
    const { id, data } = JSON.parse(body.toString()) as {
      id: string;
      data: { agency: string; version: number };
    };
    return {
      headers: request.headers,
      body,
      record: `${(request.url ?? '').slice(1)}/${data.agency}/${id}`,
      version: data.version,
      resync: request.headers['hms-resync'] === 'true',
      status: undefined,
      arrivedAt: this.clock++,
      answeredAt: undefined,
      instant: performance.now(),
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
