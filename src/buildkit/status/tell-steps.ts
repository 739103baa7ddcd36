import type { BuildEvent } from '../../build/types.ts';
import type { StatusResponse, Timestamp, Vertex } from '../message-types.ts';
import { TaskTeller } from './tell-task.ts';
import { timestamp } from './timestamp.ts';

/** Instructions that do something with files; the others only change the config and are no steps for BuildKit's clients. */
const working = /^(?:FROM|RUN|COPY|ADD|WORKDIR)\b/i;

type Plan = Extract<BuildEvent, { type: 'plan' }>['steps'];
type StepEvent = Extract<BuildEvent, { index: number }>;

interface Started {
  readonly digest: string;
  readonly at: Timestamp;
  readonly cached: boolean;
  readonly task: TaskTeller;
}

interface Surroundings {
  /** What is built for, where there are several. */
  readonly platform: string | undefined;
  readonly tell: (part: Partial<StatusResponse>) => void;
  readonly digest: (part: string) => string;
  /** Whether a step is told by this build: of equal steps of several builds one is. */
  readonly isMine: (digest: string) => boolean;
}

/** Tells the steps of one build as vertices. */
export class StepTeller {
  private readonly around: Surroundings;
  private readonly names = new Map<number, string>();
  private readonly started = new Map<number, Started>();

  constructor(around: Surroundings) {
    this.around = around;
  }

  onEvent(event: BuildEvent): void {
    if (event.type === 'plan') this.plan(event.steps);
    else if ('index' in event && this.names.has(event.index)) this.step(event);
  }

  private plan(steps: Plan): void {
    const shown = steps.filter(({ name, stage }) => stage !== '' && working.test(name));
    const stages = Map.groupBy(shown, ({ stage }) => stage);
    for (const [stage, members] of stages) {
      const title = stages.size === 1 ? '' : `${/^\d+$/.test(stage) ? `stage-${stage}` : stage} `;
      for (const [at, { index, name, platform }] of members.entries()) {
        const place = `${this.platformTitle(platform)}${title}${at + 1}/${members.length}`;
        this.names.set(index, `[${place}] ${name.replaceAll(/\s+/g, ' ')}`);
      }
    }
  }

  /** `linux/amd64->arm64 `: what a stage is built for, and what its files go to. */
  private platformTitle(own = ''): string {
    const { platform } = this.around;
    if (platform === undefined) return '';
    return own === '' || own === platform ? `${platform} ` : `${own}->${platform.replace(/^linux\//, '')} `;
  }

  private step(event: StepEvent): void {
    const { index } = event;
    if (event.type === 'step-started') return this.start(event);
    const step = this.started.get(index);
    if (!step || !this.around.isMine(step.digest)) return;
    switch (event.type) {
      case 'step-output':
        this.log(step.digest, event.data, event.stream === 'stdout' ? 1 : 2);
        break;
      case 'step-progress':
        this.transfer(step, event);
        break;
      case 'step-ended':
        this.around.tell({
          vertexes: [this.vertex(index, step, { completed: timestamp(), error: event.error ?? '' })],
        });
    }
  }

  private start({ index, cache, key }: Extract<BuildEvent, { type: 'step-started' }>): void {
    const { platform, tell, digest: digestOf, isMine } = this.around;
    const isShared = platform !== undefined && key !== undefined;
    const digest = digestOf(isShared ? `step ${key}` : `${platform ?? ''}${index}`);
    const task = new TaskTeller(digest, tell);
    const step = { digest, at: timestamp(), cached: cache.hit, task };
    this.started.set(index, step);
    if (!isMine(digest)) return;
    tell({ vertexes: [this.vertex(index, step, {})] });
    if (!cache.hit) this.log(digest, `not cached: ${cache.why}\n`);
  }

  private vertex(index: number, { digest, at, cached }: Started, more: Partial<Vertex>): Partial<Vertex> {
    return { digest, name: this.names.get(index) ?? '', started: at, cached, ...more };
  }

  private transfer({ task }: Started, event: Extract<BuildEvent, { type: 'step-progress' }>): void {
    const { id, status, current = 0, total = 0 } = event;
    const done = /complete|exists|Pushed|Mounted/i.test(status);
    task.progress(`${status.toLowerCase()} ${id}`.trim(), { current, total, done });
  }

  private log(vertex: string, data: string | Buffer, stream = 2): void {
    this.around.tell({ logs: [{ vertex, timestamp: timestamp(), stream, msg: Buffer.from(data) }] });
  }
}
