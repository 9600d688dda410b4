import { Solitude } from '../../src/platform/sync/delivery/solitude.js';
import { SyncEngine } from '../../src/platform/sync/sync-engine.js';
import { TargetTypes } from '../../src/platform/sync/target-types/target-types.js';
import type { EngineProcessOptions } from './engine-process.js';
import { SecretSealer } from '../../src/platform/sync/targets/secret-sealer.js';
import { deliveryClient } from './delivery-client.js';
import { policies, secret, silentObserver } from './sync-fixture.js';

const options = JSON.parse(process.argv[2] ?? '{}') as EngineProcessOptions;
const client = deliveryClient();

await new SyncEngine({
  database: 'policy',
  url: options.database,
  resources: [policies],
  settings: {
    target: { name: 'environment', url: options.receiver, secret },
    timeout: options.timeout,
    lease: options.lease,
    concurrency: 16,
    pauseLimit: 30 * 24 * 3_600_000,
    attemptRetention: 30 * 24 * 3_600_000,
  },
  client: {
    post: (target, message) => {
      if (message.headers['ce-subject'] === options.deadly) process.kill(process.pid, 'SIGKILL');
      return client.post(target, message);
    },
  },
  pollInterval: 250,
  observer: silentObserver,
  sealer: new SecretSealer([]),
  types: new TargetTypes(),
  solitude: new Solitude(),
  log: { error: () => undefined, warn: () => undefined, log: () => undefined },
}).start();
