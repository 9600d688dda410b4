import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { WebhookSignature } from '../delivery/webhook-signature.js';

/** Most bytes of a message that it reads. */
const bodyLimit = 4 * 1024 * 1024;

export interface DemoReceiverOptions {
  /** Gets one line for each change received. */
  readonly print: (line: string) => void;
}

export interface DemoReceiver {
  /** Where it listens, with `{resource}`, as the sync target's URL. */
  readonly url: string;
  /** `whsec_…`, new with every start. */
  readonly secret: string;
  close(): Promise<void>;
}

/**
 * Starts a small external system on a free loopback port, which verifies each change it receives and prints
 * a line about it. For a first look at the service; it keeps nothing.
 */
export async function startDemoReceiver({ print }: DemoReceiverOptions): Promise<DemoReceiver> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const signature = new WebhookSignature(secret);
  const server = createServer((request, response) => {
    receive(request, signature, print).then(
      (status) => response.writeHead(status).end(),
      () => response.writeHead(400).end(),
    );
  });
  await listen(server);
  return { url: `http://127.0.0.1:${portOf(server)}/{resource}`, secret, close: () => close(server) };
}

/** @returns the status to answer with */
async function receive(
  request: IncomingMessage,
  signature: WebhookSignature,
  print: (line: string) => void,
): Promise<number> {
  const body = await readBody(request);
  const { headers } = request;
  try {
    signature.verify(
      {
        'webhook-id': textOf(headers['webhook-id']),
        'webhook-timestamp': textOf(headers['webhook-timestamp']),
        'webhook-signature': textOf(headers['webhook-signature']),
      },
      body,
    );
  } catch {
    print('→ external system refused a message: signature wrong');
    return 401;
  }
  const [type, action] = textOf(headers['ce-type']).split('.').slice(-2);
  const { 'ce-subject': id, 'ce-sequence': version } = headers;
  const resync = headers['hms-resync'] === 'true' ? ', resync' : '';
  print(
    `→ external system received ${type} ${textOf(id)} version ${textOf(version)} (${action}${resync}) signature ok`,
  );
  return 204;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error('The message is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
