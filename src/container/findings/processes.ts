import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { hasCode } from '../../lib/errors.ts';
import { stopSignalOf } from '../signals.ts';
import type { Finding } from '../types.ts';
import type { Evidence } from './evidence.ts';

/** A program that reaps has one or two at times. */
const FEW = 5;

/** SIG-IGNORED, ZOMBIES: what the first process of a container has to do and does not. */
export function findProcesses({ record, pid }: Evidence): Finding[] {
  const { init, pidMode } = record.spec;
  if (pid === undefined || init || pidMode !== '') return [];
  const name = commandOf(pid);
  return [...findIgnored(pid, name, stopSignalOf(record.spec)), ...findZombies(pid, name)];
}

/** The kernel drops signals that the first process of a namespace neither catches nor waits for. */
function findIgnored(pid: number, name: string, signal: number): Finding[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const heeds = ['SigCgt', 'SigBlk'].some((field) => {
    const mask = new RegExp(`^${field}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0';
    return ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
  });
  if (heeds) return [];
  const word =
    Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `signal ${signal}`;
  return [
    {
      code: 'SIG-IGNORED',
      text: `its first process is "${name}", which does not heed ${word}: a stop waits until it is killed`,
      fix: 'start the program itself (CMD in exec form, or exec in the script), or use --init',
    },
  ];
}

function findZombies(pid: number, name: string): Finding[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(' ') ?? [];
  const count = children.filter((child) => /\) Z /.test(read(`/proc/${child}/stat`) ?? '')).length;
  if (count < FEW) return [];
  return [
    {
      code: 'ZOMBIES',
      text: `${count} processes have ended and are kept, because its first process "${name}" does not ask for them`,
      fix: 'use --init, or let the program wait for its children',
    },
  ];
}

const commandOf = (pid: number): string =>
  (read(`/proc/${pid}/cmdline`) ?? '').replaceAll('\0', ' ').trim().slice(0, 60);

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return undefined;
    throw error;
  }
}
