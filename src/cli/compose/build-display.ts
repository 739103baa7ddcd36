import type { BuildEventLine } from '../../wire/build.ts';
import type { ProgressLine } from '../../wire/image.ts';
import { chooseProgress } from '../build/progress/choose-progress.ts';
import type { BuildProgress, Out } from '../build/progress/types.ts';

/** Shows the builds of several services at once, each thing with the name of its service. */
export class BuildDisplay implements Disposable {
  private readonly out: Out;
  private readonly progress: BuildProgress;
  private readonly services: string[] = [];
  private readonly rests = new Map<string, string>();

  constructor(out: Out, kind: string, env: NodeJS.ProcessEnv) {
    this.out = out;
    this.progress = chooseProgress(kind, out, env);
  }

  readonly take = (service: string, line: BuildEventLine | ProgressLine): void => {
    if (!('type' in line)) return this.classic(service, line);
    const event = this.placed(service, line);
    if (event) this.progress.take(event);
  };

  /** All is over; what is told of a failure stays the caller's. */
  end(): void {
    this.progress.take({ type: 'done', buildId: '', tags: [], response: {}, provenance: {} });
  }

  [Symbol.dispose](): void {
    this.progress[Symbol.dispose]();
  }

  /** An event among those of other builds: its numbers and titles are of its service. */
  private placed(service: string, event: BuildEventLine): BuildEventLine | undefined {
    const base = this.numberOf(service) * MOST_STEPS;
    switch (event.type) {
      case 'done':
      case 'answered':
        return undefined;
      case 'failed':
        return { ...event, message: '' };
      case 'plan':
        return {
          ...event,
          platform: event.platform === undefined ? service : `${service} ${event.platform}`,
          steps: event.steps.map((step) => ({ ...step, index: base + step.index })),
        };
      case 'step-started': {
        const key = event.key === undefined ? {} : { key: `${service} ${event.key}` };
        return { ...event, index: base + event.index, ...key };
      }
      case 'task-started':
        return { ...event, task: base + event.task, name: taskName(service, event.name) };
      default:
        if ('index' in event) return { ...event, index: base + event.index };
        return 'task' in event ? { ...event, task: base + event.task } : event;
    }
  }

  private numberOf(service: string): number {
    if (!this.services.includes(service)) this.services.push(service);
    return this.services.indexOf(service);
  }

  /** What Docker's classic builder says, each line with the service in front. */
  private classic(service: string, { stream, status, id }: ProgressLine): void {
    const text =
      (this.rests.get(service) ?? '') +
      (stream ?? (status === undefined ? '' : `${id === undefined ? '' : `${id}: `}${status}\n`));
    const lines = text.split('\n');
    this.rests.set(service, lines.pop() ?? '');
    for (const line of lines) if (line.trim() !== '') this.out.write(`${service}: ${line}\n`);
  }
}

/** More than builds of all platforms of a service have. */
const MOST_STEPS = 100_000_000;

/** `[web internal] load …`, `[web] exporting to image` */
const taskName = (service: string, name: string): string =>
  name.startsWith('[internal]')
    ? name.replace('[internal]', `[${service} internal]`)
    : `[${service}] ${name}`;
