import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { KernelError } from '../../kernel/libc.ts';
import { Pidfd } from '../../kernel/pidfd.ts';
import { readPid, readText } from '../read-text.ts';
import { monitorFiles } from './launch.ts';

/** The conmon of a bundle: by the pid that we noted, or, if the engine died before it could, by its arguments. */
export function findMonitor(bundle: string, id: string): Pidfd | undefined {
  const noted = readPid(join(bundle, monitorFiles.pid));
  if (noted !== undefined && isMonitorOf(noted, bundle, id)) return openProcess(noted);
  const pid = noted === undefined ? allPids().find((other) => isMonitorOf(other, bundle, id)) : undefined;
  return pid === undefined ? undefined : openProcess(pid);
}

function isMonitorOf(pid: number, bundle: string, id: string): boolean {
  const args = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0');
  return args.includes('--exit-dir') && follows(args, '-c', id) && follows(args, '-b', bundle);
}

const follows = (args: readonly string[], flag: string, value: string): boolean =>
  args[args.indexOf(flag) + 1] === value;

const allPids = (): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);

/** Undefined when there is no such process. */
export function openProcess(pid: number): Pidfd | undefined {
  try {
    return Pidfd.open(pid);
  } catch (error) {
    if (error instanceof KernelError && error.code === 'ESRCH') return undefined;
    throw error;
  }
}
