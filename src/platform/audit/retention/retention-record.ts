import type { KeyObject } from 'node:crypto';
import { sha256 } from '../integrity/merkle-tree.js';
import { openNote, signNote } from '../integrity/signed-note.js';

/** What was removed from a log in one transaction, and why. */
export interface RetentionRecord {
  /** Name of the database. */
  readonly database: string;
  /** 1, 2, 3, … of the database. */
  readonly number: number;
  /** Root of the tree over the removed entries ({@link removedRoot}). */
  readonly root: Buffer;
  /** How many they are. */
  readonly removed: number;
  /** The resource that they are of. */
  readonly resource: string;
  /** The rule: versions were removed that a newer one had replaced by this instant (RFC 3339). */
  readonly replacedBefore: string;
  /** SHA-256 of the text of the last checkpoint before, which is over all of them. */
  readonly checkpoint: Buffer;
  /** Login of the database that removed them. */
  readonly login: string;
  /** When it was signed, as RFC 3339. */
  readonly time: string;
  /** SHA-256 of the text of the record before; undefined in the first. */
  readonly previous?: Buffer;
}

/** A retention record as it is kept: the note, and what it says. */
export interface SignedRetention extends RetentionRecord {
  readonly note: string;
  /** SHA-256 of its text, which the next one names. */
  readonly hash: Buffer;
}

const originOf = (database: string): string => `hms/${database}/retention`;

/** Signs a retention record as a note (C2SP signed-note). */
export function signRetention(record: RetentionRecord, key: KeyObject): SignedRetention {
  const origin = originOf(record.database);
  const lines = [
    origin,
    record.number,
    record.root.toString('base64'),
    `removed ${record.removed} ${record.resource}`,
    `replaced-before ${record.replacedBefore}`,
    `checkpoint ${record.checkpoint.toString('base64')}`,
    `login ${encodeURIComponent(record.login)}`,
    `time ${record.time}`,
    `previous ${record.previous?.toString('base64') ?? '-'}`,
  ];
  const text = `${lines.join('\n')}\n`;
  return { ...record, note: signNote(text, origin, key), hash: sha256(text) };
}

const hash = '[A-Za-z0-9+/]{43}=';
const form = new RegExp(
  `^\\S+\\n([1-9]\\d{0,8})\\n(${hash})\\nremoved ([1-9]\\d{0,8}) (\\S+)\\nreplaced-before (\\S+)\\n` +
    `checkpoint (${hash})\\nlogin (\\S+)\\ntime (\\S+)\\nprevious (?:-|(${hash}))\\n$`,
);

/** Reads a retention record of a database; undefined where it has not the form, or none of the keys signed it. */
export function openRetention(
  note: string,
  database: string,
  keys: readonly KeyObject[],
): SignedRetention | undefined {
  const origin = originOf(database);
  const text = openNote(note, origin, keys);
  const match = text?.startsWith(`${origin}\n`) ? form.exec(text) : null;
  if (!match || text === undefined) return undefined;
  const [, number, root = '', removed, resource = '', replacedBefore = '', checkpoint = ''] = match;
  const [login = '', time = '', previous] = match.slice(7);
  return {
    database,
    number: Number(number),
    root: Buffer.from(root, 'base64'),
    removed: Number(removed),
    resource,
    replacedBefore,
    checkpoint: Buffer.from(checkpoint, 'base64'),
    login: decodeURIComponent(login),
    time,
    ...(previous !== undefined && { previous: Buffer.from(previous, 'base64') }),
    note,
    hash: sha256(text),
  };
}
