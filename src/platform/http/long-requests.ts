import type { Socket } from 'node:net';

const allowed = new WeakSet<Socket>();

/**
 * Lets the request that arrives on a connection take longer than others, until the returned function is called.
 * Node tells of each request once that it takes too long, and `answerClientError` then leaves this one alone.
 */
export function allowLongRequest(socket: Socket): () => void {
  allowed.add(socket);
  return () => allowed.delete(socket);
}

export const mayTakeLong = (socket: Socket): boolean => allowed.has(socket);
