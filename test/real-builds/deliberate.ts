/** Where this builder keeps what Docker 28's loses: a layer's file, and the two descriptions. */
const differences: readonly {
  readonly path: RegExp;
  readonly expected: RegExp;
  readonly found: RegExp;
  readonly why: string;
}[] = [
  {
    path: /^(?:odd\/links|globbed)\/symlink-2$/,
    expected: /^symlink/,
    found: /^other name of .*: symlink/,
    why: 'several names of one symlink stay several names of one',
  },
  {
    path: /^odd\/nodes\/block$/,
    expected: /^character/,
    found: /^block/,
    why: 'COPY of a block device makes a character device there',
  },
];

export const isDeliberate = (path: string, expected: unknown, found: unknown): boolean =>
  differences.some(
    (one) => one.path.test(path) && one.expected.test(String(expected)) && one.found.test(String(found)),
  );
