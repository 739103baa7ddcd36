import type { EngineEvent } from '../../events/types.ts';
import { messageOf } from '../../lib/errors.ts';
import { openTree } from '../archive/container-tree.ts';
import type { ContainerRecord } from '../container-record.ts';
import type { Context } from '../context.ts';
import { readLogs } from '../logs/container-logs.ts';
import type { Finding } from '../types.ts';
import { findBackground } from './background.ts';
import { findDependencies } from './dependencies.ts';
import { findEnd } from './end.ts';
import type { Diagnosis, Evidence } from './evidence.ts';
import { findFirewall } from './firewall.ts';
import { findHealth } from './health.ts';
import { findLimits } from './limits.ts';
import { findLocalhost } from './localhost.ts';
import { findMounts } from './mounts.ts';
import { findNames } from './names.ts';
import { findPorts } from './ports.ts';
import { findProcesses } from './processes.ts';
import { findProgram } from './program.ts';
import { findTimeZone } from './time-zone.ts';

const diagnoses: readonly Diagnosis[] = [
  findEnd,
  findProgram,
  findBackground,
  findPorts,
  findFirewall,
  findNames,
  findLocalhost,
  findDependencies,
  findHealth,
  findProcesses,
  findMounts,
  findLimits,
  findTimeZone,
];

/** Events that long before an end may have to do with it: a stop takes its time. Milliseconds. */
const BEFORE_END = 60_000;
const LINES = 30;

/** The verb: what is wrong with a container, as far as the engine can see it, the most important first. */
export async function findProblems(context: Context, record: ContainerRecord): Promise<Finding[]> {
  await using tree = await openTree(context, record);
  const evidence: Evidence = {
    context,
    record,
    root: tree.root,
    pid: record.run?.running.pid,
    events: await eventsAround(context, record),
    lines: await lastLinesOf(context, record),
  };
  const findings: Finding[] = [];
  for (const diagnose of diagnoses) {
    try {
      findings.push(...(await diagnose(evidence)));
    } catch (error) {
      // it may have ended, or have been changed, while it was looked at
      context.logger.warn(`cannot look for a problem: ${messageOf(error)}`, { container: record.id });
    }
  }
  return findings;
}

async function eventsAround(context: Context, { id, state }: ContainerRecord): Promise<EngineEvent[]> {
  if (!('finishedAt' in state)) return [];
  const end = state.finishedAt.getTime();
  const nanoseconds = (milliseconds: number): bigint => BigInt(milliseconds) * 1_000_000n;
  const read = context.events.read({
    since: nanoseconds(end - BEFORE_END),
    until: nanoseconds(Math.min(end + 1000, Date.now())),
    signal: new AbortController().signal,
  });
  const events: EngineEvent[] = [];
  for await (const event of read) if (event.type === 'container' && event.actorId === id) events.push(event);
  return events;
}

async function lastLinesOf(context: Context, record: ContainerRecord): Promise<string[]> {
  if (record.spec.log.driver === 'none') return [];
  const log = readLogs(context, record, { stdout: true, stderr: true, follow: false, tail: LINES });
  const text = (await Array.fromAsync(log))
    .flat()
    .map(({ data }) => data.toString())
    .join('');
  return text.split('\n').filter((line) => line.trim() !== '');
}
