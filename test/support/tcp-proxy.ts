import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from './port-of.js';

/** A way to a server that fails as networks do. */
export class TcpProxy {
  /** Both ends of all connections. */
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.forward(client));
  private port = 0;

  private constructor(private readonly target: URL) {}

  /** @param target any URL that names the server's host and port */
  static async to(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(target));
    await proxy.accept();
    proxy.port = portOf(proxy.server);
    return proxy;
  }

  /** The same URL, by way of this proxy. */
  through(url: string): string {
    return Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  /** Ends all connections, and refuses new ones until {@link accept}. */
  async refuse(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.resetAndDestroy();
    await closed;
  }

  async accept(): Promise<void> {
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /**
   * Loses from now on all that is sent through the connections that there are, without a word to either end. New
   * ones work.
   *
   * @returns how many connections there were
   */
  swallow(): number {
    for (const socket of this.sockets) socket.unpipe().pause();
    return this.sockets.size / 2;
  }

  async end(): Promise<void> {
    if (this.server.listening) await this.refuse();
  }

  private forward(client: Socket): void {
    const { hostname, port } = this.target;
    const upstream = connect(Number(port), hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.sockets.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
  }
}
