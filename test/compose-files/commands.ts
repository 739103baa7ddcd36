/** What a command line did. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
}

/** Docker's Compose prints lists in the order of a hash table: they are compared sorted. */
export const inOrder = (line: string, stdout: string): string =>
  /--(services|volumes|networks|models|images)|--variables$/.test(line)
    ? stdout.split('\n').toSorted().join('\n')
    : stdout;
