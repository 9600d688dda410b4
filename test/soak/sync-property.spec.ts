import { runInterleavings } from '../support/sync-property.js';

it('delivers in order and without loss in 10,000 random interleavings', async () => {
  expect(await runInterleavings(10_000)).toEqual([]);
});
