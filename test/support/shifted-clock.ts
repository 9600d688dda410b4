/**
 * Loaded into the built service with `--import`: its clock differs from all others by `HMS_CLOCK_SHIFT`
 * milliseconds until it gets SIGUSR2. The monotonic clock goes on as it is, as on a machine whose time is set.
 */
const realNow = Date.now.bind(Date);
let shift = Number(process.env['HMS_CLOCK_SHIFT'] ?? 0);
process.on('SIGUSR2', () => {
  shift = 0;
});

Date.now = () => realNow() + shift;
globalThis.Date = new Proxy(Date, {
  construct: (target, given: unknown[]) =>
    Reflect.construct(target, given.length > 0 ? given : [realNow() + shift]) as object,
});
