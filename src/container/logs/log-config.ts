import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { LogConfig } from '../types.ts';
import { checkSyslogOptions } from './sinks/syslog-options.ts';

const words = (text: string): Set<string> => new Set(text.split(' '));
const attributes = 'labels labels-regex env env-regex tag';
/** The options of each driver. `none` takes whatever it is given. */
const drivers: Readonly<Record<string, Set<string>>> = {
  'json-file': words(`max-size max-file compress ${attributes}`),
  local: words('max-size max-file compress'),
  journald: words(attributes),
  syslog: words(
    `syslog-address syslog-facility syslog-format syslog-tls-ca-cert syslog-tls-cert syslog-tls-key syslog-tls-skip-verify ${attributes}`,
  ),
};
const general = words('mode max-buffer-size');

/** Throws `invalid` with Docker's texts for a driver or option that there is not. What options say is looked at when it starts. */
export function checkLogConfig({ driver, options }: LogConfig): void {
  checkMode(options);
  if (driver === 'none') return;
  const known = drivers[driver || 'json-file'];
  if (!known) throw invalid(`error looking up logging plugin ${driver}: plugin "${driver}" not found`);
  for (const option of Object.keys(options)) {
    if (known.has(option) || general.has(option)) continue;
    if (driver === 'local') throw invalid(`unknown log opt '${option}' for log driver local`);
    throw invalid(`unknown log opt '${option}' for ${driver || 'json-file'} log driver`);
  }
  if (driver === 'syslog') checkSyslogOptions(options);
}

function checkMode({ mode = '', 'max-buffer-size': size }: LogConfig['options']): void {
  if (!['', 'blocking', 'non-blocking'].includes(mode))
    throw invalid(`logger: logging mode not supported: ${mode}`);
  if (size === undefined) return;
  if (mode !== 'non-blocking')
    throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  parseBytes(size);
}

export interface LogLimits {
  /** Bytes of one segment; Infinity = never rotate. */
  readonly maxSize: number;
  /** Segments kept, with the one that is written. */
  readonly maxFile: number;
}

/** A `none` log holds just enough for those who are attached. */
const passing: LogLimits = { maxSize: 1 << 20, maxFile: 2 };

/** When the log of a container is rotated: as it says, else by default. Throws with Docker's texts. */
export function logLimits(log: LogConfig, defaults: LogLimits): LogLimits {
  if (log.driver === 'none') return passing;
  const size = log.options['max-size'];
  const maxFile = fileCount(log.options['max-file'], defaults.maxFile);
  if (size === undefined) return { maxSize: defaults.maxSize, maxFile };
  return { maxSize: size === '-1' ? Infinity : positiveBytes(size), maxFile };
}

function fileCount(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (!/^[+-]?\d{1,9}$/.test(text))
    throw invalid(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (Number(text) < 1) throw invalid('max-file cannot be less than 1');
  return Number(text);
}

/** Whether rotated files are compressed. Throws with Docker's texts. */
export function compresses({ options }: LogConfig, limits: LogLimits, byDefault: boolean): boolean {
  const text = options['compress'];
  if (text === undefined) return byDefault;
  if (/^(0|f|F|false|FALSE|False)$/.test(text)) return false;
  if (!/^(1|t|T|true|TRUE|True)$/.test(text))
    throw invalid(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  if (limits.maxFile < 2 || limits.maxSize === Infinity)
    throw invalid('compress cannot be true when max-file is less than 2 or max-size is not set');
  return true;
}

function positiveBytes(text: string): number {
  const size = parseBytes(text);
  if (size <= 0) throw invalid('max-size must be a positive number');
  return size;
}
