import { isTruthy } from '../../compose/is-truthy.ts';
import type { ComposeProgress, Report } from '../../compose/progress.ts';
import { ExitError } from '../exit-code.ts';
import type { ComposeContext } from './globals.ts';
import { LiveProgress } from './live-progress.ts';

/** Shows steps; `end` leaves what is shown as it is and begins anew. */
type Printer = Report & { end(): void };

/**
 * Shows the steps of Compose on standard error (on standard output where COMPOSE_STATUS_STDOUT says so): a live list on a terminal, a
 * line per step elsewhere, or as `--progress` says.
 */
export function progressPrinter(context: ComposeContext, isQuiet = false): Printer {
  const mode = context.globals.progress ?? context.env['COMPOSE_PROGRESS'] ?? 'auto';
  if (mode === 'quiet' || isQuiet) return printer(() => {});
  const status = statusStream(context);
  const write = (line: string): void => void status.write(`${line}\n`);
  const plain = printer((step) =>
    step.state === 'warning'
      ? void context.err.write(`${plainLine(context, step)}\n`)
      : write(plainLine(context, step)),
  );
  switch (mode) {
    case 'json':
      return printer((step) => write(jsonLine(step)));
    case 'plain':
      return plain;
    case 'tty':
      return livePrinter(context, status);
    case 'auto':
    case '':
      return status.isTTY === true && context.globals.ansi !== 'never' ? livePrinter(context, status) : plain;
    default:
      throw new ExitError(1, `unsupported --progress value ${JSON.stringify(mode)}`);
  }
}

const printer = (report: Report): Printer => Object.assign(report, { end() {} });

const statusStream = ({ env, out, err }: ComposeContext): ComposeContext['out'] =>
  isTruthy(env['COMPOSE_STATUS_STDOUT']) ? out : err;

function livePrinter(context: ComposeContext, status: ComposeContext['out']): Printer {
  const live = new LiveProgress(status, {
    colors: context.colors,
    title: context.globals['dry-run'] ? 'DRY-RUN MODE - Running' : 'Running',
  });
  const report = (step: ComposeProgress): void =>
    step.state === 'warning' ? live.print(plainLine(context, step)) : live.update(step);
  return Object.assign(report, { end: () => live.end() });
}

const jsonLine = ({ kind, name, status, state }: ComposeProgress): string =>
  JSON.stringify({
    ...(state === 'failed' && { error: true }),
    ...(state === 'warning' && { warning: true }),
    id: `${kind} ${name}`,
    status,
  });

function plainLine({ globals }: ComposeContext, { kind, name, status, state }: ComposeProgress): string {
  if (state === 'warning')
    return `WARN ${kind === 'Project' || status.includes(name) ? '' : `${kind} ${name}: `}${status}`;
  return `${globals['dry-run'] ? ' DRY-RUN MODE - ' : ''} ${kind} ${name}  ${status}`;
}
