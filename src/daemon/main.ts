import { exitNow } from '../kernel/exit.ts';
import { kindOf, messageOf } from '../lib/errors.ts';
import { jsonLogger, type Logger } from '../lib/log.ts';
import { packageVersion } from '../lib/package-version.ts';
import { parseFlags, usage } from './parse-flags.ts';
import type { Settings } from './settings.ts';
import { keepMemorySmall } from './trim-memory.ts';

export { exitNow };

/** Milliseconds that closing may take. */
const PATIENCE = 15_000;

/**
 * `lade engine`: runs an engine until SIGTERM or SIGINT. Containers run on when it ends. Calls back once it answers. Returns the exit
 * status.
 */
export async function main(argv: readonly string[], onStarted: () => void = () => {}): Promise<number> {
  const settings = readSettings(argv);
  if (typeof settings === 'number') return settings;
  const { startEngine } = await import('./start-engine.ts');
  const level = { now: settings.logLevel };
  const logger = jsonLogger(
    (line) => void process.stderr.write(line),
    () => level.now,
    { engine: settings.name },
  );
  const stop = Promise.withResolvers<string>();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.resolve(signal));
  process.stderr.on('error', () => {}); // the disk of the log may be full
  process.on('SIGHUP', () => {}); // before the engine runs, a closed terminal must not end it
  process.on('unhandledRejection', (error) => logger.error('unhandled rejection', { error }));
  process.on('uncaughtException', (error) => {
    logger.error('uncaught exception: the engine ends, containers run on', { error });
    exitNow(70);
  });
  try {
    const engine = await startEngine(settings, logger);
    onStarted();
    keepMemorySmall();
    process.on('SIGHUP', () => {
      const changed = readAgain(argv, logger);
      if (!changed) return;
      level.now = changed.logLevel;
      engine.reload(changed);
      logger.info('settings were read again');
    });
    logger.info('engine stops', { reason: await stop.promise });
    exitInAnyCase(logger);
    await engine.close();
    return 0;
  } catch (error) {
    if (kindOf(error) === 'internal') logger.error('engine cannot run', { error });
    process.stderr.write(`lade engine: ${messageOf(error)}\n`);
    return 1;
  }
}

/** What hangs while the engine closes must not keep it: containers run on and the next start repairs. Nor does a second signal wait. */
function exitInAnyCase(logger: Logger): void {
  const leave = (reason: string): void => {
    logger.warn('engine ends before everything is closed', { reason });
    exitNow(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave(signal));
  setTimeout(() => leave('timeout'), PATIENCE);
}

/** What is wrong in the file is told, and nothing changes. */
function readAgain(argv: readonly string[], logger: Logger): Settings | undefined {
  try {
    const settings = parseFlags(argv);
    return typeof settings === 'string' ? undefined : settings;
  } catch (error) {
    logger.error(`settings are not read again: ${messageOf(error)}`);
    return undefined;
  }
}

function readSettings(argv: readonly string[]) {
  try {
    const settings = parseFlags(argv);
    if (typeof settings === 'string') {
      answer(settings);
      return 0;
    }
    if (process.getuid?.() !== 0) throw new Error('only root can run the engine. Try: sudo lade engine');
    return settings;
  } catch (error) {
    process.stderr.write(`lade engine: ${messageOf(error)}\n`);
    return 1;
  }
}

function answer(question: 'help' | 'version' | 'valid'): void {
  if (question === 'help') process.stdout.write(usage);
  else if (question === 'version') process.stdout.write(`lading version ${packageVersion()}\n`);
  else process.stderr.write('configuration OK\n');
}
