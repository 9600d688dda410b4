import { type Prism, startPrism } from './prism.js';
import { reportViolations } from './violations.js';

interface PrismViolation {
  readonly location: readonly string[];
  readonly message: string;
}

/** Whether this run of the tests goes through the proxy: `npm run test:proxy`. */
export const throughProxy = process.env['HMS_TEST_PROXY'] === 'prism';

/** The service behind each proxy, by its origin. */
const services = new Map<string, string>();

/**
 * Starts Prism before a service. It forwards everything, and says in a header of each answer what is not in
 * the document. Requests are let through as they are: tests send wrong ones on purpose.
 */
export async function startProxy(service: string): Promise<Prism> {
  const options = ['--validate-request=false', '--cors=false', '--verboseLevel=error'];
  const prism = await startPrism('proxy', service, ...options);
  services.set(prism.url, service);
  return prism;
}

/** Makes `fetch` report what Prism says of the answers that it passes on. */
export function watchProxiedAnswers(): void {
  const { fetch } = globalThis;
  globalThis.fetch = async (input, init) => {
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    if (!(input instanceof Request) && isBeyondPrism(method, init?.body)) {
      const { origin, href } = new URL(input);
      return fetch((services.get(origin) ?? origin) + href.slice(origin.length), init);
    }
    const response = await fetch(input, init);
    const found = JSON.parse(response.headers.get('sl-violations') ?? '[]') as PrismViolation[];
    const ofAnswer = found.filter(({ location }) => location[0] === 'response');
    const request = `${method} ${response.url}, answered ${response.status}`;
    reportViolations(
      ofAnswer.map(({ location, message }) => `${request}: Prism: ${location.join('.')}: ${message}`),
    );
    return response;
  };
}

/**
 * Whether only the service itself can answer: Prism reads the answer to HEAD as JSON although it has no body,
 * and takes no body of more than 10 MB.
 */
function isBeyondPrism(method: string, body: RequestInit['body']): boolean {
  return method === 'HEAD' || (typeof body === 'string' && body.length > 10_000_000);
}
