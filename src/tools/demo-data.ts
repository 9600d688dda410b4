import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { resourceScopes } from '../app.module.js';
import { developmentIssuer } from '../platform/auth/development-issuer.js';
import { processEnvironment } from '../platform/config/process-environment.js';
import { readSettings } from '../platform/config/read-settings.js';
import { StartupError } from '../platform/config/startup.error.js';

const usage =
  'Usage: npm run demo-data -- [--url http://127.0.0.1:3000] [--agency demo] [--token T --reviewer-token T]';

/** Who makes the records, and who reviews them: nobody approves or publishes what they edited last. */
interface Loader {
  readonly url: string;
  readonly editor: string;
  readonly reviewer: string;
}

type DemoRecord = Readonly<Record<string, unknown>> & { readonly id: string };

interface Step {
  readonly to: string;
  readonly by: keyof Omit<Loader, 'url'>;
}

const publication: readonly Step[] = [
  { to: 'in_review', by: 'editor' },
  { to: 'approved', by: 'reviewer' },
  { to: 'published', by: 'reviewer' },
];

/** Loads the records of `demo/` into a running service, over HTTP. It may be repeated. */
async function loadDemoData(loader: Loader): Promise<string> {
  const policies = await load(loader, '/api/policies', 'policies.json', publication);
  const items = await load(loader, '/api/market/items', 'items.json', [{ to: 'listed', by: 'editor' }]);
  return `Loaded ${policies} policies and ${items} items at ${loader.url}.`;
}

async function load(loader: Loader, path: string, file: string, steps: readonly Step[]): Promise<number> {
  const text = await readFile(new URL(`../../demo/${file}`, import.meta.url), 'utf8');
  const records = JSON.parse(text) as DemoRecord[];
  for (const record of records) {
    const made = await send(loader, 'editor', 'POST', path, record);
    if (made.status !== 409) await expectOk(made, `${path}/${record.id}`);
    // One that is there already keeps its content and its state.
    if (made.ok)
      for (const { to, by } of steps) {
        const where = `${path}/${record.id}/transitions`;
        await expectOk(await send(loader, by, 'POST', where, { to, reason: 'demo data' }), where);
      }
  }
  return records.length;
}

async function send(
  loader: Loader,
  by: Step['by'],
  method: string,
  path: string,
  body: object,
): Promise<Response> {
  const headers = { Authorization: `Bearer ${loader[by]}`, 'Content-Type': 'application/json' };
  try {
    return await fetch(loader.url + path, { method, headers, body: JSON.stringify(body) });
  } catch {
    throw new StartupError(`Nothing answers at ${loader.url}: start the service with npm start. ${usage}`);
  }
}

async function expectOk(response: Response, what: string): Promise<void> {
  if (!response.ok)
    throw new StartupError(`${what} was refused with ${response.status}: ${await response.text()}`);
}

function readLoader(args: string[]): Loader {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      agency: { type: 'string', default: 'demo' },
      token: { type: 'string' },
      'reviewer-token': { type: 'string' },
    },
  });
  const { url = ownUrl(), agency, token, 'reviewer-token': reviewer } = values;
  if ((token === undefined) !== (reviewer === undefined))
    throw new StartupError(`Give both tokens, of two subjects, or none. ${usage}`);
  const own = (subject: string) => developmentToken(agency, subject);
  return {
    url: url.replace(/\/$/, ''),
    editor: token ?? own('demo-editor'),
    reviewer: reviewer ?? own('demo-reviewer'),
  };
}

/** Where `npm start` listens with the same settings. */
function ownUrl(): string {
  return `http://127.0.0.1:${readSettings(processEnvironment()).port}`;
}

function developmentToken(agency: string, subject: string): string {
  const settings = readSettings(processEnvironment());
  if (settings.production || settings.auth.issuer)
    throw new StartupError(`This service has an issuer: ask it for two tokens. ${usage}`);
  const issuer = developmentIssuer(settings.dataDirectory, settings.auth.agencyClaim);
  return issuer.sign({ subject, agency, scopes: resourceScopes, lifetime: 600 });
}

try {
  console.log(await loadDemoData(readLoader(process.argv.slice(2))));
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
