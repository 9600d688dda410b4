// Verifies an export of a change log, or the proof of one version, without the service and its database.
//
//   node scripts/verify-log.mjs --key public-key.pem log.ndjson
//   node scripts/verify-log.mjs --key public-key.pem --proof proof.json
//
// Needs nothing but Node.js. docs/tamper-evidence.md describes the formats. Prints a line for each thing that
// is wrong and ends with 1; ends with 0 if nothing is. Memory grows with the number of records, not of versions.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const sha256 = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

// The tree of RFC 9162: a leaf is the hash of one entry.
const leafHash = (data) => sha256(Buffer.of(0), data);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** A tree that grows: a hash for each bit that is set in the number of leaves. */
class Tree {
  peaks = [];
  size = 0;
  push(leaf) {
    let hash = leaf;
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2) hash = nodeHash(this.peaks.pop(), hash);
    this.peaks.push(hash);
    this.size += 1;
  }
  root() {
    const root = this.size > 0 ? this.peaks.reduceRight((right, left) => nodeHash(left, right)) : sha256();
    return root.toString('base64');
  }
}

/** A JSON array with a blank after each comma. */
const arrayText = (parts) => `[${parts.map((part) => JSON.stringify(part)).join(', ')}]`;

/** SHA-256 over the entry's columns. */
function entryHash(entry) {
  const { previousHash, resource, agency, id, version, action, schemaRevision } = entry;
  const { document, actor, login, context, changedAt } = entry;
  const key = [previousHash, resource, agency, id, version, action, schemaRevision];
  const columns = ['hms-change-v1', ...key, document, actor, login, context, changedAt];
  return sha256(arrayText(columns)).toString('hex');
}

/** The lines and the hash of a note (C2SP signed-note); undefined where none of the keys signed it. */
function openNote(note, keys) {
  const [body, signatures = ''] = note.split('\n\n', 2);
  const text = `${body}\n`;
  const lines = body.split('\n');
  const [origin] = lines;
  const isSigned = (line, key) => {
    const [dash, name, encoded = ''] = line.split(' ');
    const bytes = Buffer.from(encoded, 'base64');
    const raw = key.export({ type: 'spki', format: 'der' }).subarray(-32);
    const id = sha256(origin, '\n', Buffer.of(1), raw).subarray(0, 4);
    if (dash !== '—' || name !== origin || !id.equals(bytes.subarray(0, 4))) return false;
    return verify(null, Buffer.from(text), key, bytes.subarray(4));
  };
  if (!signatures.split('\n').some((line) => keys.some((key) => isSigned(line, key)))) return undefined;
  return { lines, hash: sha256(text).toString('base64') };
}

const after = (word, line = '') => line.slice(word.length + 1);

/** Reads a checkpoint (C2SP tlog-checkpoint); undefined where it is none that a key signed. */
function openCheckpoint(note, keys) {
  const { lines = [], hash } = openNote(note, keys) ?? {};
  const [origin, size, root, , time, previous] = lines;
  if (!/^hms\/[a-z]+\/[0-9a-f]{32}$/.test(origin ?? '')) return undefined;
  return {
    origin,
    size: Number(size),
    root,
    time: after('time', time),
    previous: after('previous', previous),
    hash,
  };
}

/** Reads the record of a retention; undefined where it is none that a key signed. */
function openRetention(note, keys) {
  const { lines = [], hash } = openNote(note, keys) ?? {};
  const [origin, number, root, , , , , , previous] = lines;
  if (!/^hms\/[a-z]+\/retention$/.test(origin ?? '')) return undefined;
  return { number: Number(number), root, previous: after('previous', previous), hash };
}

const nameOf = ({ resource, agency, id, version }) => `${resource} ${agency}/${id} version ${version}`;

/** What is wrong with the entry, or what is left of it, by itself and after the version before, if there is one. */
function checkEntry(entry, before) {
  if (entry.version !== (before?.version ?? 0) + 1) return ['gap', `version ${entry.version - 1} is missing`];
  if (entry.retention !== undefined) return undefined;
  if (entry.previousHash !== (before?.hash ?? null)) return ['link', 'it does not name the version before'];
  if (entryHash(entry) !== entry.hash) return ['hash', 'its hash is not that of its content'];
  const document = JSON.parse(entry.document);
  const fits = ['agency', 'id', 'version'].every((member) => document[member] === entry[member]);
  return fits ? undefined : ['document', 'its document names another record or version'];
}

/** Holds what is gone against the signed records of the retentions that it is gone under. */
class RetentionCheck {
  trees = new Map();
  records = new Map();
  push({ resource, agency, id, version, hash, retention }) {
    const tree = this.trees.get(retention) ?? new Tree();
    this.trees.set(retention, tree);
    tree.push(leafHash(arrayText(['hms-removed-v1', resource, agency, id, version, hash])));
  }
  read(note, keys, report) {
    const record = openRetention(note, keys);
    if (!record) {
      report('signature', 'a retention is not signed by an accepted key');
      return;
    }
    const { number, previous, hash } = record;
    if (number !== (this.last?.number ?? 0) + 1 || previous !== (this.last?.hash ?? '-'))
      report('removed', `retention ${number} does not follow the one before`);
    this.last = { number, hash };
    this.records.set(number, record);
  }
  end(report) {
    for (const [number, tree] of this.trees) {
      const record = this.records.get(number);
      if (!record)
        report('removed', `${tree.size} entries are gone under retention ${number}, which is not signed`);
      else if (record.root !== tree.root())
        report(
          'removed',
          `the entries that are gone under retention ${number} are not those it was signed over`,
        );
    }
  }
}

async function verifyExport(lines, keys, report) {
  const newest = new Map();
  const tree = new Tree();
  const retentions = new RetentionCheck();
  let [covered, line, differs] = [0, 0, false];
  let last;
  for await (const text of lines) {
    line += 1;
    const { entry: there, removed, retention, checkpoint: note } = JSON.parse(text);
    const entry = there ?? removed;
    if (entry) {
      const key = JSON.stringify([entry.resource, entry.agency, entry.id]);
      const wrong = checkEntry(entry, newest.get(key));
      if (wrong) report(wrong[0], `${nameOf(entry)} (line ${line}): ${wrong[1]}`);
      newest.set(key, { version: entry.version, hash: entry.hash });
      if (removed) retentions.push(removed);
      tree.push(leafHash(Buffer.from(entry.hash, 'hex')));
      continue;
    }
    if (retention) {
      retentions.read(retention, keys, report);
      continue;
    }
    const checkpoint = openCheckpoint(note ?? '', keys);
    if (!checkpoint) {
      report('signature', `the checkpoint in line ${line} is not signed by an accepted key`);
      continue;
    }
    const { time, origin, size } = checkpoint;
    if (checkpoint.previous !== (last?.hash ?? '-') || origin !== (last?.origin ?? origin))
      report('checkpoint', `the checkpoint of ${time} (line ${line}) does not follow the one before`);
    last = checkpoint;
    if (differs) continue;
    if (size > tree.size)
      report('truncated', `there are ${tree.size} entries, but the checkpoint of ${time} is over ${size}`);
    else if (size < tree.size || checkpoint.root !== tree.root())
      report('rewritten', `entries ${covered + 1} to ${size} are not as in the checkpoint of ${time}`);
    else covered = size;
    differs = covered !== size;
  }
  retentions.end(report);
  if (!last && tree.size > 0) report('unsigned', 'there is no checkpoint');
  return `${tree.size} entries, ${covered} of them under a checkpoint${last ? ` of ${last.origin}` : ''}`;
}

/** RFC 9162 §2.1.3.2. */
function rootOf(hash, index, size, path) {
  let [place, end] = [index, size - 1];
  for (const sibling of path) {
    if (end === 0) return undefined;
    if (place % 2 === 1 || place === end) {
      hash = nodeHash(sibling, hash);
      while (place % 2 === 0 && place !== 0) [place, end] = [place / 2, Math.floor(end / 2)];
    } else hash = nodeHash(hash, sibling);
    [place, end] = [Math.floor(place / 2), Math.floor(end / 2)];
  }
  return end === 0 ? hash : undefined;
}

function verifyProof({ entry, leafIndex, path, checkpoint: note }, keys, report) {
  if (entryHash(entry) !== entry.hash) report('hash', 'the hash of the entry is not that of its content');
  const checkpoint = openCheckpoint(note, keys);
  if (!checkpoint) report('signature', 'the checkpoint is not signed by an accepted key');
  const siblings = path.map((hash) => Buffer.from(hash, 'base64'));
  const root = rootOf(leafHash(Buffer.from(entry.hash, 'hex')), leafIndex, checkpoint?.size ?? 0, siblings);
  if (checkpoint && (leafIndex >= checkpoint.size || root?.toString('base64') !== checkpoint.root))
    report('rewritten', 'the entry is not under the checkpoint');
  return `${nameOf(entry)} as of ${entry.changedAt}: ${entry.document}`;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { key: { type: 'string' }, proof: { type: 'string' } },
});
if (!values.key) throw new Error('Say which public key: --key public-key.pem');
const pems = readFileSync(values.key, 'utf8').match(
  /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g,
);
const keys = (pems ?? []).map((pem) => createPublicKey(pem));
const report = (kind, detail) => {
  process.exitCode = 1;
  process.stdout.write(`${kind}: ${detail}\n`);
};
const result = values.proof
  ? verifyProof(JSON.parse(readFileSync(values.proof, 'utf8')), keys, report)
  : await verifyExport(createInterface({ input: createReadStream(positionals[0] ?? '') }), keys, report);
process.stdout.write(`${process.exitCode ? 'NOT verified' : 'verified'}: ${result}\n`);
