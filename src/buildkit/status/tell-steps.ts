import { FIRST } from '../../build/solve/why.ts';
import type { BuildEvent } from '../../build/types.ts';
import type { StatusResponse, Timestamp, Vertex } from '../message-types.ts';
import { stepError } from './error-text.ts';
import { LogClip } from './log-clip.ts';
import { nameSteps, type PlannedStep } from './step-names.ts';
import { TaskTeller } from './tell-task.ts';
import { timestamp } from './timestamp.ts';

type StepEvent = Extract<BuildEvent, { index: number }>;

interface Started {
  readonly digest: string;
  readonly at: Timestamp;
  readonly cached: boolean;
  readonly task: TaskTeller;
  readonly clip: LogClip;
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
  private steps: readonly PlannedStep[] = [];
  private names: ReadonlyMap<number, string> = new Map();
  /** Steps that name an image which an earlier one named. */
  private sameImage: ReadonlySet<number> = new Set();
  private readonly digests = new Map<string, string>();
  private readonly started = new Map<number, Started>();

  constructor(around: Surroundings) {
    this.around = around;
  }

  onEvent(event: BuildEvent): void {
    if (event.type === 'plan') this.plan(event.steps);
    else if (event.type === 'image-lookup') this.found(event);
    else if ('index' in event && this.names.has(event.index) && !this.sameImage.has(event.index))
      this.step(event);
  }

  digestOf(index: number): string | undefined {
    return this.started.get(index)?.digest;
  }

  private plan(steps: readonly PlannedStep[]): void {
    this.steps = steps;
    this.nameAll();
  }

  private found({ name, digest }: Extract<BuildEvent, { type: 'image-lookup' }>): void {
    if (digest === undefined) return;
    this.digests.set(name, digest);
    this.nameAll();
  }

  private nameAll(): void {
    this.names = nameSteps(
      this.steps,
      ({ platform }) => this.platformTitle(platform),
      (image) => this.digests.get(image),
    );
    this.sameImage = furtherOfEach(this.steps);
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
        for (const data of step.clip.pass(event.data))
          this.log(step.digest, data, event.stream === 'stdout' ? 1 : 2);
        break;
      case 'step-progress':
        this.transfer(step, event);
        break;
      case 'step-ended':
        this.around.tell({
          vertexes: [this.vertex(index, step, { completed: timestamp(), error: errorOf(event.error) })],
        });
    }
  }

  private start({ index, cache, key }: Extract<BuildEvent, { type: 'step-started' }>): void {
    const { platform, tell, digest: digestOf, isMine } = this.around;
    const isShared = platform !== undefined && key !== undefined;
    const digest = digestOf(isShared ? `step ${key}` : `${platform ?? ''}${index}`);
    const task = new TaskTeller(digest, tell);
    const step = { digest, at: timestamp(), cached: cache.hit, task, clip: new LogClip() };
    this.started.set(index, step);
    if (!isMine(digest)) return;
    tell({ vertexes: [this.vertex(index, step, {})] });
    if (!cache.hit && !isPlain(cache.why)) this.log(digest, `not cached: ${cache.why}\n`);
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

/** What is no news: nothing of the kind was built before, or the image had to be fetched. */
const isPlain = (why: string): boolean =>
  [FIRST, 'its sources cannot be read', 'not in the store', 'first build on this base'].includes(why);

const errorOf = (message: string | undefined): string =>
  message === undefined ? '' : message === 'canceled' ? 'context canceled' : stepError(message);

/** All but the first of the steps that name one image for one platform. */
function furtherOfEach(steps: readonly PlannedStep[]): ReadonlySet<number> {
  const seen = new Set<string>();
  return new Set(
    steps.flatMap(({ index, image, platform }) => {
      const key = JSON.stringify([image, platform]);
      if (image === undefined || !seen.has(key)) {
        seen.add(key);
        return [];
      }
      return [index];
    }),
  );
}
