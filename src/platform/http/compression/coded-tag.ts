/** What {@link codedTag} puts before the closing quote. */
const coding = /-(?:gzip|br|zstd)(?="$)/;

/**
 * The strong entity tag of a representation under a content coding: `"3.1"` is `"3.1-gzip"` then, as the bytes
 * are others (RFC 9110, section 8.8.3.3). A weak tag stands for all of them, and stays.
 */
export function codedTag(tag: string, codingName: string): string {
  return tag.startsWith('W/') ? tag : tag.replace(/"$/, `-${codingName}"`);
}

/** The tag of the same representation without a content coding. */
export function plainTag(tag: string): string {
  return tag.replace(coding, '');
}
