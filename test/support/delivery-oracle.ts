import type { Pool } from 'pg';
import { Webhook } from 'standardwebhooks';
import type { Received, Receiver } from './receiver.js';

/** A version of a record, as the log has it. */
export interface Truth {
  /** `resource/agency/id`. */
  readonly record: string;
  readonly id: string;
  readonly version: number;
  readonly action: string;
  readonly document: string;
}

/** What is special about a target; nothing, unless given. */
export interface TargetKind {
  /** It did not see the first versions of the records. */
  readonly newTarget?: boolean;
  /** Of the versions that wait, it gets the newest alone. */
  readonly latest?: boolean;
  /** Whether it is sent a version at all, given the one before. */
  readonly wanted?: (version: Truth, before: Truth | undefined) => boolean;
  /** Whether a version was given up after it was refused for good. */
  readonly skipped?: (version: Truth) => boolean;
}

/**
 * Compares what a receiver got with what the log of one database says it should have got, for a target of
 * all agencies that has nothing left to receive. Returns what is wrong; nothing, if all is well:
 *
 * - the first arrivals of each record's versions are 1, 2, … n without those the target does not want, each
 *   after the one before it was accepted; from a later version on where a resync came first, or the target is
 *   a new one that did not get all; with gaps where it gets the newest alone;
 * - the last accepted is the record as it is now; each body is the stored document, byte for byte;
 * - every signature verifies, with a library not ours; the same `webhook-id` always has the same body;
 * - nothing is pending.
 */
export async function findFaults(
  receiver: Receiver,
  database: Pool,
  secret: string,
  kind: TargetKind = {},
): Promise<string[]> {
  const { rows } = await database.query<Truth>(
    `SELECT resource || '/' || agency || '/' || record_id AS record, record_id AS id, version, action, document
     FROM hms.changes ORDER BY resource, agency, record_id, version`,
  );
  const byRecord = Map.groupBy(receiver.received, ({ record }) => record);
  const truths = Map.groupBy(rows, ({ record }) => record);
  const faults = [...truths].flatMap(([record, versions]) =>
    recordFaults(record, versions, byRecord.get(record) ?? [], kind),
  );
  for (const record of byRecord.keys())
    if (!truths.has(record)) faults.push(`${record}: received, but not in the log`);
  return [...faults, ...wireFaults(receiver.received, secret), ...(await pendingFaults(database))];
}

function recordFaults(
  record: string,
  versions: readonly Truth[],
  received: readonly Received[],
  { newTarget = false, latest = false, wanted = () => true, skipped = () => false }: TargetKind,
): string[] {
  const faults: string[] = [];
  const due = versions.filter((one, index) => wanted(one, versions[index - 1])).map(({ version }) => version);
  const firsts: number[] = [];
  for (const one of received) {
    const stored = versions.find(({ version }) => version === one.version);
    if (!stored) faults.push(`${record}: version ${one.version} was sent but is not in the log`);
    else if (one.body.toString() !== `{"id":${JSON.stringify(stored.id)},"data":${stored.document}}`)
      faults.push(`${record}: the body of version ${one.version} is not the stored document`);
    if (firsts.includes(one.version)) continue;
    const before = firsts.at(-1);
    const next = expectedNext(due, before, one, latest || (newTarget && before === undefined));
    if (one.version !== next)
      faults.push(`${record}: version ${one.version} came first where ${next} was due`);
    else if (before !== undefined && !one.resync && !latest && !wasSettled(before, one))
      faults.push(`${record}: version ${next} came before ${before} was accepted`);
    firsts.push(one.version);
  }
  const last = received.findLast(({ status }) => status !== undefined && status < 300);
  if (firsts.at(-1) !== due.at(-1))
    faults.push(`${record}: got up to ${firsts.at(-1)} of ${due.at(-1)} versions`);
  if (!last && due.length > 0) faults.push(`${record}: nothing was accepted`);
  return faults;

  function wasSettled(version: number, by: Received): boolean {
    const stored = versions.find((one) => one.version === version);
    return (stored !== undefined && skipped(stored)) || wasAccepted(received, version, by.arrivedAt);
  }
}

/** The version that may arrive first now: the next that is due, or any later one where some may be left out. */
function expectedNext(
  due: readonly number[],
  before: number | undefined,
  { version, resync }: Received,
  mayLeaveOut: boolean,
): number | undefined {
  if ((mayLeaveOut || (resync && before === undefined)) && due.includes(version) && version > (before ?? 0))
    return version;
  return due.find((one) => one > (before ?? 0));
}

function wasAccepted(received: readonly Received[], version: number, before: number): boolean {
  return received.some(
    (one) =>
      one.version === version &&
      one.status !== undefined &&
      one.status < 300 &&
      (one.answeredAt ?? before) < before,
  );
}

function wireFaults(received: readonly Received[], secret: string): string[] {
  const faults: string[] = [];
  const webhook = new Webhook(secret);
  const bodies = new Map<string, Buffer>();
  for (const { record, version, headers, body, instant } of received) {
    const id = String(headers['webhook-id']);
    const sentAt = Number(headers['webhook-timestamp']);
    // As of its arrival: "verify" refuses what is older than five minutes by now, which some tests take.
    const signature = webhook.sign(id, new Date(sentAt * 1_000), body);
    if (!String(headers['webhook-signature']).split(' ').includes(signature))
      faults.push(`${record} version ${version}: no signature of it is right`);
    if (Math.abs((performance.timeOrigin + instant) / 1_000 - sentAt) > toleratedAge)
      faults.push(`${record} version ${version}: its timestamp is not that of its arrival`);
    if (!(bodies.get(id) ?? body).equals(body)) faults.push(`${id} had two bodies`);
    bodies.set(id, body);
  }
  if (bodies.size !== new Set(received.map(({ record, version }) => `${record} ${version}`)).size)
    faults.push('webhook-ids and versions do not correspond');
  return faults;
}

/** Seconds by which receivers let a timestamp differ from their clock (Standard Webhooks). */
const toleratedAge = 300;

async function pendingFaults(database: Pool): Promise<string[]> {
  const { rows } = await database.query<{ record: string }>(
    `SELECT agency || '/' || record_id AS record FROM hms.sync_cursors
     WHERE due_at IS NOT NULL OR pending_since IS NOT NULL OR claim IS NOT NULL OR resync IS NOT NULL
       OR delivered_version <> latest_version`,
  );
  return rows.map(({ record }) => `${record}: still pending`);
}
