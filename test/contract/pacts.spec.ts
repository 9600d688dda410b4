import { globSync } from 'node:fs';
import { Verifier } from '@pact-foundation/pact';
import { startApp, type TestApp } from '../support/app.js';
import { describeMarketPortal } from './items.pact.js';
import { describePolicyPortal } from './policies.pact.js';

/** The contracts to verify; a portal names the folder of its own. */
const directory = process.env['PACT_DIRECTORY'] ?? 'test/contract/pacts';

describe('The benefits portal', () => {
  describePolicyPortal('test/contract/pacts');
});

describe('The marketplace portal', () => {
  describeMarketPortal('test/contract/pacts');
});

describe('The service', () => {
  let service: TestApp;
  /** Each interaction has an agency of its own, so none sees what another one left behind. */
  let agency = '';
  let agencies = 0;

  const withoutRecords = () => {
    agencies += 1;
    agency = `portal-${agencies}`;
    return Promise.resolve();
  };
  const withRecord = (path: string) => async (body?: unknown) => {
    await withoutRecords();
    const { status } = await service.request('POST', path, { agency, body });
    if (status !== 201) throw new Error(`The record of the state was answered with ${status}.`);
  };

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service?.close());

  it('keeps the contracts', async () => {
    const verifier = new Verifier({
      providerBaseUrl: service.url,
      pactUrls: globSync(`${directory}/*.json`),
      failIfNoPactsFound: true,
      logLevel: 'error',
      requestFilter: (request, _answer, next) => {
        request.headers['authorization'] = `Bearer ${service.token(agency)}`;
        next();
      },
      stateHandlers: {
        'there is a policy': withRecord('/api/policies'),
        'there is no policy': withoutRecords,
        'there is an item': withRecord('/api/market/items'),
        'there is no item': withoutRecords,
      },
    });
    await expect(verifier.verifyProvider()).resolves.toBeDefined();
  });
});
