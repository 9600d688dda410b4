import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { sha256 } from './merkle-tree.js';

/** The type of a note's signature that is Ed25519 over the text. */
const ed25519 = Buffer.of(1);
const idLength = 4;

/**
 * Signs a text as a note (C2SP signed-note): the text, an empty line, and the signature under a name.
 *
 * @param text ends with a line break and holds no empty line
 */
export function signNote(text: string, name: string, key: KeyObject): string {
  const signature = Buffer.concat([keyIdOf(name, createPublicKey(key)), sign(null, Buffer.from(text), key)]);
  return `${text}\n— ${name} ${signature.toString('base64')}\n`;
}

/** The text of a note that one of the keys signed under the name; undefined where none did. */
export function openNote(note: string, name: string, keys: readonly KeyObject[]): string | undefined {
  const [body, signatures = ''] = note.split('\n\n', 2);
  const text = `${body}\n`;
  const signed = signatures.split('\n').some((line) => {
    const [, signer, encoded = ''] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    const bytes = Buffer.from(encoded, 'base64');
    return (
      signer === name &&
      keys.some(
        (key) =>
          keyIdOf(name, key).equals(bytes.subarray(0, idLength)) &&
          verify(null, Buffer.from(text), key, bytes.subarray(idLength)),
      )
    );
  });
  return signed ? text : undefined;
}

/** A public key as verifiers of C2SP notes take it: name, id and key. */
export function verifierKey(name: string, key: KeyObject): string {
  const encoded = Buffer.concat([ed25519, rawKey(key)]).toString('base64');
  return `${name}+${keyIdOf(name, key).toString('hex')}+${encoded}`;
}

function keyIdOf(name: string, key: KeyObject): Buffer {
  return sha256(name, '\n', ed25519, rawKey(key)).subarray(0, idLength);
}

/** The 32 bytes of a public key, which end its encoding (RFC 8410). */
function rawKey(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(-32);
}
