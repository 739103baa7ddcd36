import { constants } from 'node:os';
import { formatBinaryBytes } from '../../lib/bytes.ts';
import type { Finding } from '../types.ts';
import { stopSignalOf } from '../signals.ts';
import type { Evidence } from './evidence.ts';

const { SIGKILL } = constants.signals;
const QUICK = 10_000;
const LOOP = 3;
const MOST_LETTERS = 200;

const meanings: Readonly<Record<number, string>> = {
  [constants.signals.SIGILL]: 'it used an instruction that this processor does not have',
  [constants.signals.SIGABRT]: 'it gave up by itself (abort)',
  [constants.signals.SIGBUS]: 'it touched memory whose file is too short, such as a full /dev/shm',
  [constants.signals.SIGSEGV]: 'it touched memory that is not its own',
};

/** EXIT-CAUSE, RESTART-LOOP: why it ended, and that it does so again and again. */
export function findEnd(evidence: Evidence): Finding[] {
  const { state, restartCount } = evidence.record;
  if (state.status !== 'exited' && state.status !== 'restarting') return [];
  if (state.exitCode === 0 && !state.oomKilled) return [];
  const cause = state.error === '' ? causeOf(evidence, state) : { text: state.error, fix: '' };
  const findings: Finding[] = [{ code: 'EXIT-CAUSE', ...cause }];
  const ranFor = state.finishedAt.getTime() - state.startedAt.getTime();
  if (restartCount >= LOOP && ranFor < QUICK)
    findings.push({
      code: 'RESTART-LOOP',
      text: `it was restarted ${restartCount} times and ended ${(ranFor / 1000).toFixed(1)} s after the last start`,
      fix: 'mend what makes it end; its policy only starts it again',
    });
  return findings;
}

function causeOf(
  evidence: Evidence,
  { exitCode, oomKilled }: { exitCode: number; oomKilled: boolean },
): Omit<Finding, 'code'> {
  if (oomKilled) return lackOfMemory(evidence, exitCode);
  const signal = exitCode > 128 ? exitCode - 128 : 0;
  if (signal === SIGKILL) return killed(evidence);
  const name = signalName(signal);
  if (name !== undefined && wasSent(evidence, signal))
    return {
      text: `it ended by ${name}, which it was sent through the engine (status ${exitCode})`,
      fix: '',
    };
  if (name !== undefined) {
    const meaning = meanings[signal];
    return {
      text: `it ended with ${exitCode}, as by ${name}${meaning ? `: ${meaning}` : ''}${said(evidence)}`,
      fix: '',
    };
  }
  return { text: `it ended by itself with status ${exitCode}${said(evidence)}`, fix: '' };
}

function lackOfMemory({ record }: Evidence, exitCode: number): Omit<Finding, 'code'> {
  const { memory } = record.spec.resources;
  const limit = memory ? ` (limit ${formatBinaryBytes(memory)})` : '';
  const who = exitCode === 128 + SIGKILL ? 'it was' : `a process of it was, and it ended with ${exitCode}:`;
  return {
    text: `${who} killed for lack of memory${limit}`,
    fix: 'raise --memory, or let the program take less (Node: --max-old-space-size, Java: -XX:MaxRAMPercentage)',
  };
}

function killed(evidence: Evidence): Omit<Finding, 'code'> {
  const { record } = evidence;
  const stopSignal = stopSignalOf(record.spec);
  if (wasSent(evidence, SIGKILL))
    return wasSent(evidence, stopSignal)
      ? {
          text: `it did not end by ${signalName(stopSignal) ?? 'its stop signal'} in time, and was killed`,
          fix: 'let the program heed the signal: start it without a shell (exec form), or with --init; --stop-timeout gives it longer',
        }
      : { text: 'it was killed through the engine (SIGKILL)', fix: '' };
  return {
    text: `it was killed by somebody outside of the engine, or ended with 137 by itself${said(evidence)}`,
    fix: "look for a kill on this host, and into the kernel's log (dmesg)",
  };
}

const wasSent = ({ events }: Evidence, signal: number): boolean =>
  events.some(({ action, attributes }) => action === 'kill' && attributes['signal'] === String(signal));

function said({ lines }: Evidence): string {
  const last = lines.at(-1)?.trim().slice(0, MOST_LETTERS);
  return last === undefined ? '' : `; it last said: ${last}`;
}

const signalName = (number: number): string | undefined =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
