import { collectDefaultMetrics, Registry } from '@prometheus-io/client';

let register: Registry | undefined;

/** CPU, memory, event loop and garbage collection: of the process, whatever number of applications is in it. */
export function nodeMetrics(): Registry {
  if (!register) {
    register = new Registry();
    collectDefaultMetrics({ register });
  }
  return register;
}
