import { runInterleavings } from '../support/sync-property.js';

it('delivers in order and without loss, however writers, dispatchers, jobs and retention interleave', async () => {
  expect(await runInterleavings(40)).toEqual([]);
});
