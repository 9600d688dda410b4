/** Seconds that a client may wait, at least and at most. */
const bounds = { least: 1, most: 30 };

/** One preference of the list, with the comma or the end after it (RFC 7240 §2, RFC 9110 §5.6.1). */
const token = String.raw`[!#$%&'*+.^_\`|~0-9A-Za-z-]+`;
const word = String.raw`(?:${token}|"(?:[^"\\]|\\.)*")`;
const pair = String.raw`(${token})(?:[ \t]*=[ \t]*(${word})?)?`;
const preference = new RegExp(
  String.raw`[ \t]*(?:${pair}(?:[ \t]*;[ \t]*(?:${token}(?:[ \t]*=[ \t]*${word})?)?)*)?[ \t]*(?:,|$)`,
  'y',
);

/**
 * Reads `Prefer: wait=N` (RFC 7240 §4.3). A preference that cannot be read or met is passed over, as that
 * specification says; of several the first counts.
 *
 * @returns seconds, 1 to 30; undefined where the client does not ask to wait
 */
export function preferredWait(header: string | string[]): number | undefined {
  const text = [header].flat().join(',');
  for (preference.lastIndex = 0; preference.lastIndex < text.length;) {
    const match = preference.exec(text);
    if (!match) return undefined;
    const [, name, value = ''] = match;
    if (name?.toLowerCase() !== 'wait') continue;
    const seconds = value.replaceAll('"', '');
    return /^\d+$/.test(seconds) ? Math.min(Math.max(Number(seconds), bounds.least), bounds.most) : undefined;
  }
  return undefined;
}
