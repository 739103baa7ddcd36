export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, unknown>>;

/** A structured logger that is passed in; `child` adds fields to every line of a part. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Logger;
}

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** Writes one JSON object a line to `write`. */
export function jsonLogger(
  write: (line: string) => void,
  level: LogLevel | (() => LogLevel) = 'info',
  base: LogFields = {},
): Logger {
  const at =
    (lineLevel: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      const least = typeof level === 'string' ? level : level();
      if (order.indexOf(lineLevel) < order.indexOf(least)) return;
      write(
        `${JSON.stringify({ time: new Date().toISOString(), level: lineLevel, message, ...base, ...fields }, errorsAsText)}\n`,
      );
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => jsonLogger(write, level, { ...base, ...fields }),
  };
}

/** What library folders use when nobody passes a logger. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

function errorsAsText(_key: string, value: unknown): unknown {
  return value instanceof Error ? (value.stack ?? value.message) : value;
}
