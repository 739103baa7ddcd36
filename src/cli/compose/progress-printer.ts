import type { ComposeProgress, Report } from '../../compose/progress.ts';
import type { ComposeContext } from './globals.ts';

/** Shows the steps of Compose on standard error: a live list on a terminal, a line per step elsewhere. */
export function progressPrinter(context: ComposeContext, isQuiet = false): Report & { end(): void } {
  const progress = context.globals.progress ?? context.env['COMPOSE_PROGRESS'];
  if (progress === 'quiet' || isQuiet) return Object.assign(() => {}, { end() {} });
  if (progress === 'json')
    return Object.assign(
      (step: ComposeProgress) =>
        void context.err.write(
          `${JSON.stringify({ id: `${step.kind} ${step.name}`, status: step.status })}\n`,
        ),
      { end() {} },
    );
  const live = progress === 'tty' || (context.err.isTTY === true && progress !== 'plain');
  return live
    ? livePrinter(context)
    : Object.assign((step: ComposeProgress) => void context.err.write(`${plainLine(context, step)}\n`), {
        end() {},
      });
}

function plainLine({ globals }: ComposeContext, { kind, name, status, state }: ComposeProgress): string {
  if (state === 'warning') return `WARN ${kind === 'Project' ? '' : `${kind} ${name}: `}${status}`;
  return `${globals['dry-run'] ? ' DRY-RUN MODE - ' : ''} ${kind} ${name}  ${status}`;
}

const marks = { working: '⠿', done: '✔', failed: '✘', warning: '!' } as const;
const colors = { working: 34, done: 32, failed: 31, warning: 33 } as const;

function livePrinter(context: ComposeContext): Report & { end(): void } {
  const steps = new Map<string, ComposeProgress & { readonly since: number; readonly seconds?: number }>();
  let drawn = 0;
  const draw = (): void => {
    const width = Math.max(0, ...[...steps.values()].map(({ kind, name }) => kind.length + name.length + 1));
    const done = [...steps.values()].filter(({ state }) => state !== 'working').length;
    const rows = [...steps.values()].map(({ kind, name, status, state, since, seconds }) => {
      const mark = context.colors ? `\u001b[${colors[state]}m${marks[state]}\u001b[0m` : marks[state];
      const time = seconds ?? (Date.now() - since) / 1000;
      return ` ${mark} ${`${kind} ${name}`.padEnd(width)}  ${status.padEnd(10)} ${time.toFixed(1)}s`;
    });
    const up = drawn > 0 ? `\u001b[${drawn}A` : '';
    context.err.write(
      `${up}${[`[+] Running ${done}/${steps.size}`, ...rows].map((row) => `\u001b[2K${row}\n`).join('')}`,
    );
    drawn = rows.length + 1;
  };
  const report = (step: ComposeProgress): void => {
    const key = `${step.kind} ${step.name}`;
    const since = steps.get(key)?.since ?? Date.now();
    steps.set(key, {
      ...step,
      since,
      ...(step.state !== 'working' && { seconds: (Date.now() - since) / 1000 }),
    });
    draw();
  };
  return Object.assign(report, {
    end() {
      steps.clear();
      drawn = 0;
    },
  });
}
