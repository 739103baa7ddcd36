import { parseBytes } from '../../lib/bytes.ts';
import { invalid } from '../../lib/errors.ts';
import type { LogConfig } from '../types.ts';

/** Drivers that the log of record serves by itself. */
const served = new Set(['', 'json-file', 'local', 'none']);
/** Options of these drivers; what shapes only how Docker writes its files is taken and has no effect. */
const known = new Set(
  'max-size max-file compress mode max-buffer-size labels labels-regex env env-regex tag'.split(' '),
);

/** Throws `invalid` with Docker's texts for a driver or option that there is not. */
export function checkLogConfig(log: LogConfig): void {
  if (!served.has(log.driver))
    throw invalid(`error looking up logging plugin ${log.driver}: plugin "${log.driver}" not found`);
  for (const option of Object.keys(log.options))
    if (!known.has(option))
      throw invalid(`unknown log opt '${option}' for ${log.driver || 'json-file'} log driver`);
  logLimits(log, { maxSize: 1, maxFile: 1 });
}

export interface LogLimits {
  /** Bytes of one segment; Infinity = never rotate. */
  readonly maxSize: number;
  /** Segments kept, with the one that is written. */
  readonly maxFile: number;
}

/** A `none` log holds just enough for those who are attached. */
const passing: LogLimits = { maxSize: 1 << 20, maxFile: 2 };

/** When the log of a container is rotated: as it says, else by default. */
export function logLimits(log: LogConfig, defaults: LogLimits): LogLimits {
  if (log.driver === 'none') return passing;
  const size = log.options['max-size'];
  const files = log.options['max-file'];
  const maxFile = files === undefined ? defaults.maxFile : Number(files);
  if (!Number.isInteger(maxFile)) throw invalid(`invalid value for max-file: ${files}`);
  if (maxFile < 1) throw invalid('max-file cannot be less than 1');
  if (size === undefined) return { maxSize: defaults.maxSize, maxFile };
  return { maxSize: size === '-1' ? Infinity : positiveBytes(size), maxFile };
}

function positiveBytes(text: string): number {
  const size = parseBytes(text);
  if (size <= 0) throw invalid('max-size must be a positive number');
  return size;
}
