/** How many claims took at most so many seconds, by that bound, as Prometheus counts them. */
export type Durations = ReadonlyMap<number, number>;

/** Reads the histogram of claims from the service's metrics. */
export async function claimDurations(url: string): Promise<Durations> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const durations = new Map<number, number>();
  const line = /^hms_sync_claim_duration_seconds_bucket\{.*?le="([^"]+)".*\} (\d+)$/gm;
  for (const [, bound = '', count = ''] of text.matchAll(line)) {
    const seconds = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    durations.set(seconds, (durations.get(seconds) ?? 0) + Number(count));
  }
  if (durations.size === 0) throw new Error('The service has no metric of claims.');
  return durations;
}

/** How many claims there were in between. */
export function claimsBetween(before: Durations, after: Durations): number {
  return (after.get(Number.POSITIVE_INFINITY) ?? 0) - (before.get(Number.POSITIVE_INFINITY) ?? 0);
}

/** The least bound, in milliseconds, that this share of the claims in between did not exceed. */
export function durationBelow(share: number, before: Durations, after: Durations): number {
  const all = claimsBetween(before, after);
  const counts = [...after].map(([bound, count]) => ({ bound, count: count - (before.get(bound) ?? 0) }));
  return (counts.find(({ count }) => count >= share * all)?.bound ?? Number.NaN) * 1000;
}
