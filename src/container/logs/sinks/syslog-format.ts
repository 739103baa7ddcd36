import { hostname } from 'node:os';
import type { LogEntry } from '../../types.ts';
import type { SyslogOptions } from './syslog-options.ts';

const severities = { stdout: 6, stderr: 3 } as const;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** A record as a message of syslog, as Docker words it: for the local service without a host name. */
export function formatSyslog(
  entry: LogEntry,
  tag: string,
  { address, facility, format }: SyslogOptions,
): string {
  const priority = facility * 8 + severities[entry.stream];
  const text = entry.data.toString('utf8').replace(/\n$/, '');
  const source = `${tag}[${process.pid}]: ${text}`;
  switch (format) {
    case '':
      if (address.kind === 'unix') return `<${priority}>${stamp(entry.time)} ${source}`;
      return `<${priority}>${seconds(entry.time)} ${hostname()} ${source}`;
    case 'rfc3164':
      return `<${priority}>${stamp(entry.time)} ${hostname()} ${source}`;
    case 'rfc5424':
      return `<${priority}>1 ${seconds(entry.time)} ${hostname()} ${tag} ${process.pid} ${tag} - ${text}`;
    case 'rfc5424micro':
      return `<${priority}>1 ${entry.time.slice(0, 26)}Z ${hostname()} ${tag} ${process.pid} ${tag} - ${text}`;
  }
}

const seconds = (time: string): string => `${time.slice(0, 19)}Z`;

/** `Aug  1 12:00:00`, in UTC as the engine's log is. */
function stamp(time: string): string {
  const month = months[Number(time.slice(5, 7)) - 1] ?? '';
  return `${month} ${String(Number(time.slice(8, 10))).padStart(2)} ${time.slice(11, 19)}`;
}
