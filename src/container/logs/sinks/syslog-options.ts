import { existsSync } from 'node:fs';
import { invalid } from '../../../lib/errors.ts';

const facilities = 'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'.split(' ');
const formats = ['', 'rfc3164', 'rfc5424', 'rfc5424micro'] as const;
export type SyslogFormat = (typeof formats)[number];

export type SyslogAddress =
  | {
      readonly kind: 'unix';
      /** Undefined = where the host's log service usually listens. */ readonly path: string | undefined;
    }
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number };

export interface SyslogOptions {
  readonly address: SyslogAddress;
  readonly facility: number;
  readonly format: SyslogFormat;
}

/** Reads the options of `syslog`; throws with Docker's texts. */
export function checkSyslogOptions(options: Readonly<Record<string, string>>): SyslogOptions {
  return {
    address: parseAddress(options['syslog-address'] ?? ''),
    facility: parseFacility(options['syslog-facility'] ?? ''),
    format: parseFormat(options['syslog-format'] ?? ''),
  };
}

function parseAddress(text: string): SyslogAddress {
  if (text === '') return { kind: 'unix', path: undefined };
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/.exec(text) ?? [];
  switch (scheme) {
    case 'unix':
    case 'unixgram':
      if (!existsSync(rest)) throw invalid(`stat ${rest}: no such file or directory`);
      return { kind: 'unix', path: rest };
    case 'udp':
    case 'tcp':
      return { kind: scheme, ...parseHost(rest) };
    case 'tcp+tls':
      throw invalid('syslog over TLS (tcp+tls) is not supported by this engine');
    default:
      throw invalid(`unsupported scheme: '${scheme}'`);
  }
}

function parseHost(text: string): { host: string; port: number } {
  const [, bracketed, plain, port = '514'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) throw invalid(`invalid syslog-address: ${text}`);
  return { host, port: Number(port) };
}

function parseFacility(text: string): number {
  if (text === '') return facilities.indexOf('daemon');
  if (/^(2[0-3]|1\d|\d)$/.test(text)) return Number(text);
  const local = /^local([0-7])$/.exec(text)?.[1];
  if (local !== undefined) return 16 + Number(local);
  if (!facilities.includes(text)) throw invalid('invalid syslog facility');
  return facilities.indexOf(text);
}

function parseFormat(text: string): SyslogFormat {
  const format = formats.find((known) => known === text);
  if (format === undefined) throw invalid('Invalid syslog format');
  return format;
}
