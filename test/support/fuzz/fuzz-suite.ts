import { readFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import fc from 'fast-check';
import { startApp, type TestApp } from '../app.js';
import { withSeed } from '../seed.js';
import { ApiFuzz } from './api-fuzz.js';
import { fuzzedOperations } from './fuzzed-operation.js';
import { judgeInvalid, judgeValid } from './judge.js';

/**
 * Tests that hold for every operation of the OpenAPI document: what its schemas allow is carried out, what they
 * do not allow is refused by name, and nothing makes the service fail.
 *
 * @param runs for each operation, valid and invalid inputs
 */
export function describeFuzzing(runs: { readonly valid: number; readonly invalid: number }): void {
  const document = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenAPIObject;
  let service: TestApp;
  let fuzz: ApiFuzz;

  beforeAll(async () => {
    service = await startApp();
    fuzz = new ApiFuzz(service, document);
    await fuzz.prepare();
  });

  afterAll(() => service?.close());

  const assertFor = (property: fc.IAsyncProperty<unknown>, numRuns: number) =>
    withSeed((random) =>
      fc.assert(property, { numRuns, endOnFailure: true, seed: Math.floor(random() * 2 ** 31) }),
    );

  describe.each(fuzzedOperations(document))('$name', (operation) => {
    it('carries out what its schemas allow', async () => {
      const property = fc.asyncProperty(fuzz.validInput(operation), async (input) => {
        judgeValid(operation, await fuzz.carryOut(operation, input));
      });
      await assertFor(property, runs.valid);
    });

    it('refuses what its schemas do not allow, by name', async () => {
      const property = fc.asyncProperty(fuzz.invalidInput(operation), async (invalid) => {
        const answer = await fuzz.ask(operation, invalid.input);
        judgeInvalid(operation, answer, invalid.break, invalid.where);
      });
      await assertFor(property, runs.invalid);
    });
  });
}
