import { ChunkTree, chunkSize } from './chunk-tree.js';
import { leafHash, MerkleFrontier, nodeHash, rootOfLeaves, sha256 } from './merkle-tree.js';

const leaves = Array.from({ length: 5 * chunkSize + 77 }, (_, index) => leafHash(sha256(String(index))));

/** The definition of RFC 9162 §2.1.1, word for word. */
function definedRoot(list: readonly Buffer[]): Buffer {
  const [only] = list;
  if (!only) return sha256();
  if (list.length === 1) return only;
  let split = 1;
  while (split * 2 < list.length) split *= 2;
  return nodeHash(definedRoot(list.slice(0, split)), definedRoot(list.slice(split)));
}

/** The definition of RFC 9162 §2.1.3.1, word for word. */
function definedPath(index: number, list: readonly Buffer[]): Buffer[] {
  if (list.length === 1) return [];
  let split = 1;
  while (split * 2 < list.length) split *= 2;
  return index < split
    ? [...definedPath(index, list.slice(0, split)), definedRoot(list.slice(split))]
    : [...definedPath(index - split, list.slice(split)), definedRoot(list.slice(0, split))];
}

const sizes = [0, 1, 2, 3, 7, 1023, 1024, 1025, 2048, 3000, 3072, 4096, 5120, 5197];

describe('the tree of a log', () => {
  const tree = new ChunkTree();
  for (let chunk = 0; chunk < 5; chunk++)
    tree.append(rootOfLeaves(leaves.slice(chunk * chunkSize, (chunk + 1) * chunkSize)));
  const source = (start: number, end: number) => {
    expect(Math.floor(start / chunkSize)).toBe(Math.floor(Math.max(start, end - 1) / chunkSize));
    return leaves.slice(start, end);
  };

  it.each(sizes)('has the root of RFC 9162 over %d leaves, by chunks and leaf by leaf', (size) => {
    const expected = definedRoot(leaves.slice(0, size));
    expect(tree.root(size, source)).toEqual(expected);
    const frontier = new MerkleFrontier();
    for (const leaf of leaves.slice(0, size)) frontier.push(leaf);
    expect(frontier.root()).toEqual(expected);
  });

  it.each(sizes.slice(1))('has the audit paths of RFC 9162 over %d leaves', (size) => {
    for (const index of [0, 1, size >> 1, size - 2, size - 1].filter((each) => each >= 0 && each < size))
      expect(tree.path(index, size, source)).toEqual(definedPath(index, leaves.slice(0, size)));
  });

  it('knows no subtree that it was not given', () => {
    expect(() => tree.root(6 * chunkSize, source)).toThrow(RangeError);
  });
});
