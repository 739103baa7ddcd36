import type { LogEntry } from '../../types.ts';

const NEWLINE = 10;
const priorities = { stdout: '6', stderr: '3' } as const;

/** A record as journald takes it (systemd.io/JOURNAL_NATIVE_PROTOCOL): a line per field, or its length and bytes. */
export function formatJournald(entry: LogEntry, fields: Readonly<Record<string, string>>): Buffer {
  const isWhole = entry.data.at(-1) === NEWLINE;
  const message = isWhole ? entry.data.subarray(0, -1) : entry.data;
  const all = {
    ...fields,
    PRIORITY: priorities[entry.stream],
    SYSLOG_TIMESTAMP: entry.time,
    ...(!isWhole && { CONTAINER_PARTIAL_MESSAGE: 'true' }),
  };
  return Buffer.concat([
    encodeField('MESSAGE', message),
    ...Object.entries(all).map(([name, value]) => encodeField(name, Buffer.from(value))),
  ]);
}

function encodeField(name: string, value: Buffer): Buffer {
  if (!value.includes(NEWLINE)) return Buffer.concat([Buffer.from(`${name}=`), value, Buffer.from('\n')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(value.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]);
}

/** A name as fields of the journal may be called. */
export const fieldName = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^_+/, '');
