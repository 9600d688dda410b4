import { type Prism, startPrism } from './prism.js';
import { reportViolations } from './violations.js';

interface PrismViolation {
  readonly location: readonly string[];
  readonly message: string;
}

/** Whether this run of the tests goes through the proxy: `npm run test:proxy`. */
export const throughProxy = process.env['HMS_TEST_PROXY'] === 'prism';

/**
 * Starts Prism before a service. It forwards everything, and says in a header of each answer what is not in
 * the document. Requests are let through as they are: tests send wrong ones on purpose.
 */
export const startProxy = (service: string): Promise<Prism> =>
  startPrism('proxy', service, '--validate-request=false', '--cors=false', '--verboseLevel=error');

/** Makes `fetch` report what Prism says of the answers that it passes on. */
export function watchProxiedAnswers(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const response = await fetch(input, init);
    const found = JSON.parse(response.headers.get('sl-violations') ?? '[]') as PrismViolation[];
    const ofAnswer = found.filter(({ location }) => location[0] === 'response');
    const request = `${init?.method ?? 'GET'} ${response.url}, answered ${response.status}`;
    reportViolations(
      ofAnswer.map(({ location, message }) => `${request}: Prism: ${location.join('.')}: ${message}`),
    );
    return response;
  };
}
