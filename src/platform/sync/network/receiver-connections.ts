import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { Settings } from '../../config/settings.js';
import { ReceiverGuard } from '../../network/receiver-guard.js';
import type { Delivery } from '../target-types/target-type.js';
import { addressCheck, checkedLookup } from './address-check.js';
import { createHostResolver } from './host-resolver.js';

/** Opens connections for target types, by the rules that webhooks are held to. */
@Injectable()
export class ReceiverConnections {
  private readonly guard: ReceiverGuard;
  private readonly resolve = createHostResolver();

  constructor(@Inject(Settings) { production }: Pick<Settings, 'production'>) {
    this.guard = new ReceiverGuard(production);
  }

  /**
   * Connects to a host, unless it leads where nothing may be sent: all its addresses of this moment are checked, and
   * they are the ones that are connected to. The connection is closed when the attempt is over, however it ended. An
   * error of it that nobody listens for does not end the process.
   *
   * @param host a name, or an address
   * @throws {AddressNotAllowedError}
   */
  async open(
    host: string,
    port: number,
    { allowedNetworks, signal }: Pick<Delivery, 'allowedNetworks' | 'signal'>,
  ): Promise<Socket> {
    const check = addressCheck(this.guard, allowedNetworks);
    // Node asks the resolver about names only.
    const refusal = isIP(host) === 0 ? undefined : check(host, [host]);
    if (refusal) throw refusal;
    signal.throwIfAborted();
    const socket = connect({ host, port, lookup: checkedLookup(check, this.resolve) });
    socket.on('error', () => undefined);
    signal.addEventListener('abort', () => socket.destroy(signal.reason as Error));
    await once(socket, 'connect');
    return socket;
  }
}
