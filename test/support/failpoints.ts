/**
 * Loaded into the built service with `--import`: kills it, as `kill -9` does, when it comes to a point of the
 * delivery for the so-manieth time. `HMS_FAILPOINT` says which, such as `claimed:3`.
 */
type Method = (...parameters: unknown[]) => Promise<unknown>;
type Built = Record<string, { readonly prototype: Record<string, Method> }>;

const [point, times = '1'] = (process.env['HMS_FAILPOINT'] ?? '').split(':');
let left = Number(times);

function pass(name: string): void {
  if (name !== point) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

/** Has something done before a method of a class of the service, and after it. */
async function around(
  [file, name, method]: [file: string, name: string, method: string],
  { before, after }: { before?: () => void; after?: (result: unknown) => void },
): Promise<void> {
  const url = new URL(`../../dist/platform/sync/delivery/${file}.js`, import.meta.url);
  const { prototype } = ((await import(url.href)) as Built)[name] ?? {};
  const original = prototype?.[method];
  if (!prototype || !original) throw new Error(`There is no ${name}.${method}.`);
  prototype[method] = async function (this: unknown, ...parameters) {
    before?.();
    const result = await original.apply(this, parameters);
    after?.(result);
    return result;
  };
}

await around(['cursor-store', 'CursorStore', 'claim'], {
  // Between the commit of a change and its claim, and between the claim and the request.
  before: () => pass('claiming'),
  after: (claims) => (claims as unknown[]).length > 0 && pass('claimed'),
});
// Between the answer and its acknowledgement.
await around(['delivery-client', 'DeliveryClient', 'post'], { after: () => pass('accepted') });
await around(['cursor-store', 'CursorStore', 'acknowledge'], { after: () => pass('acknowledged') });
