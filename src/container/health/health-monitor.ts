import type { ContainerRecord, Run } from '../container-record.ts';
import { type Context, publish } from '../context.ts';
import type { Health } from '../types.ts';
import { afterProbe, type HealthPlan, healthPlan, probeDelay, startingHealth } from './health-state.ts';
import { probe } from './probe.ts';

/** Probes one run of a container, one probe at a time, while it is not paused. */
export class HealthMonitor {
  private readonly context: Context;
  private readonly record: ContainerRecord;
  private readonly run: Run;
  private readonly plan: HealthPlan;
  private readonly stopped = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(context: Context, record: ContainerRecord, run: Run, plan: HealthPlan) {
    this.context = context;
    this.record = record;
    this.run = run;
    this.plan = plan;
  }

  start(): void {
    this.context.closing.addEventListener('abort', this.stop, { signal: this.stopped.signal });
    if (!this.health) this.keep(startingHealth);
    this.schedule();
  }

  readonly stop = (): void => {
    clearTimeout(this.timer);
    this.stopped.abort();
  };

  private get health(): Health | undefined {
    const { state } = this.record;
    return state.status === 'running' || state.status === 'paused' ? state.health : undefined;
  }

  private schedule(): void {
    if (this.stopped.signal.aborted) return;
    const delay = probeDelay(this.health ?? startingHealth, this.plan, this.run.startedAt, new Date());
    this.timer = setTimeout(() => void this.check(), delay);
  }

  private async check(): Promise<void> {
    if (this.record.state.status !== 'paused') {
      const result = await probe(this.context, this.record, this.plan, this.stopped.signal);
      if (this.stopped.signal.aborted || this.record.run !== this.run) return;
      // A pause that came meanwhile froze the probe as well: its failure says nothing.
      if (this.record.state.status === 'running')
        this.keep(afterProbe(this.health ?? startingHealth, result, this.plan, this.run.startedAt));
    }
    this.schedule();
  }

  /** A change of status is kept and told; single probes stay in memory. */
  private keep(health: Health): void {
    const { state } = this.record;
    if (state.status !== 'running' && state.status !== 'paused') return;
    const before = state.health?.status;
    this.record.state = { ...state, health };
    if (before === health.status || before === undefined) return;
    this.context.store.save(this.record);
    publish(this.context, this.record, `health_status: ${health.status}`);
  }
}

/** Begins to look after a run, where its container has a health check. */
export function startHealthMonitor(context: Context, record: ContainerRecord, run: Run): void {
  const plan = healthPlan(record.spec.healthcheck);
  if (!plan) return;
  run.health = new HealthMonitor(context, record, run, plan);
  run.health.start();
}
