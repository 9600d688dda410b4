import type { KeyObject } from 'node:crypto';
import { sha256 } from './merkle-tree.js';
import type { Position } from './position.js';
import { openNote, signNote } from './signed-note.js';

/** What a checkpoint says of a log. */
export interface Checkpoint {
  /** `hms/<database>/<log id>`; also the name that it is signed under. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: number;
  /** Root of the tree over them. */
  readonly root: Buffer;
  /** The last of them; undefined in an empty log. */
  readonly last?: Position;
  /** When it was signed, as RFC 3339. */
  readonly time: string;
  /** SHA-256 of the text of the checkpoint before; undefined in the first. */
  readonly previous?: Buffer;
}

/** A checkpoint as it is kept: the note, and what it says. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: string;
  /** SHA-256 of its text, which the next one names. */
  readonly hash: Buffer;
}

/** Signs a checkpoint in the form of C2SP tlog-checkpoint. */
export function signCheckpoint(checkpoint: Checkpoint, key: KeyObject): SignedCheckpoint {
  const { origin, size, root, last, time, previous } = checkpoint;
  const lines = [
    origin,
    size,
    root.toString('base64'),
    `last ${last ? `${last.xid} ${last.seq}` : '-'}`,
    `time ${time}`,
    `previous ${previous?.toString('base64') ?? '-'}`,
  ];
  const text = `${lines.join('\n')}\n`;
  return { ...checkpoint, note: signNote(text, origin, key), hash: sha256(text) };
}

const form =
  /^(hms\/[a-z]+\/[0-9a-f]{32})\n(0|[1-9]\d{0,14})\n([A-Za-z0-9+/]{43}=)\nlast (?:-|(\d+) (-?\d+))\ntime (\S+)\nprevious (?:-|([A-Za-z0-9+/]{43}=))\n$/;

/** Reads a checkpoint; undefined where it has not the form, or none of the keys signed it. */
export function openCheckpoint(note: string, keys: readonly KeyObject[]): SignedCheckpoint | undefined {
  const origin = note.split('\n', 1)[0] ?? '';
  const text = openNote(note, origin, keys);
  const match = text === undefined ? null : form.exec(text);
  if (!match || text === undefined) return undefined;
  const [, , size, root = '', xid, seq, time = '', previous] = match;
  return {
    origin,
    size: Number(size),
    root: Buffer.from(root, 'base64'),
    ...(xid !== undefined && seq !== undefined && { last: { xid: BigInt(xid), seq: BigInt(seq) } }),
    time,
    ...(previous !== undefined && { previous: Buffer.from(previous, 'base64') }),
    note,
    hash: sha256(text),
  };
}
