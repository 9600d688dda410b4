import type { Target } from '../../src/platform/sync/targets/target.js';

/** What a target is that says nothing special of itself. */
export const targetDefaults = {
  agency: null,
  actions: null,
  condition: null,
  mode: 'every',
  afterDeadLetter: 'hold',
  timeout: 2_000,
  concurrency: 16,
  headers: {},
  allowedNetworks: [],
} as const satisfies Partial<Target>;
