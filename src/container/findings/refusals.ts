/** Where a program says that nobody took its connection. */
export interface Refusal {
  /** A name or an address, as it was written; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const REFUSED = /refused|couldn't connect to server/i;
const PLACE =
  /(?:\[(?<six>[\da-f:]+)\]|(?<host>[\w.-]+|(?<!:):{2}1))["')]*(?: \([\da-f.:]+\))?["')]*(?::|,? port )(?<port>\d{2,5})\b/gi;

/** The refusals in some lines of a log, in their order. */
export function readRefusals(lines: readonly string[]): Refusal[] {
  return lines
    .filter((line) => REFUSED.test(line))
    .flatMap((line) => [...line.matchAll(PLACE)])
    .map(({ groups }) => ({
      host: groups?.['six'] ?? groups?.['host'] ?? '',
      port: Number(groups?.['port']),
    }));
}
