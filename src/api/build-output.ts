import { StringDecoder } from 'node:string_decoder';
import type { BuildEvent } from '../build/types.ts';
import { shortId } from '../lib/id.ts';
import { type Tell, transferLine } from './progress.ts';

/**
 * Tells a build in the lines of Docker's classic builder. Steps that run in parallel are told one after the other: what another
 * step than the current one tells is kept until its turn.
 */
export class ClassicBuildOutput {
  private readonly tell: Tell;
  private readonly quiet: boolean;
  private readonly steps = new Map<number, Step>();
  private total = 0;
  private current: number | undefined;
  /** What a quiet build would tell; told when it fails. */
  private readonly held: object[] = [];

  constructor(tell: Tell, options: { quiet: boolean }) {
    this.tell = tell;
    this.quiet = options.quiet;
  }

  readonly onEvent = (event: BuildEvent): void => {
    switch (event.type) {
      case 'plan':
        this.total = event.steps.length;
        break;
      case 'image-lookup':
        break;
      case 'warning':
        this.say({ stream: `[Warning] ${event.file}:${event.line}: ${event.message}\n` });
        break;
      case 'done':
        this.flush();
        this.finish(event.imageId, event.tags);
        break;
      default:
        this.onStep(event);
    }
  };

  /** Tells everything that was kept back: the build has ended, well or not. */
  flush(): void {
    for (const index of [...this.steps.keys()].toSorted((left, right) => left - right)) this.release(index);
  }

  /** The build has failed: even a quiet one tells how it came to that. */
  fail(): void {
    this.flush();
    for (const line of this.held.splice(0)) this.tell(line);
  }

  private onStep(event: Extract<BuildEvent, { index: number }>): void {
    if (event.type === 'step-progress' && !this.steps.has(event.index)) return this.say(transferLine(event)); // an image it will need
    this.current ??= event.index;
    const step = this.steps.get(event.index) ?? new Step();
    this.steps.set(event.index, step);
    step.lines.push(...step.linesOf(event, this.total));
    step.ended ||= event.type === 'step-ended';
    while (this.current !== undefined) {
      const shown = this.steps.get(this.current);
      if (!shown) break;
      for (const line of shown.lines.splice(0)) this.say(line);
      if (!shown.ended) break;
      this.steps.delete(this.current);
      this.current = [...this.steps.keys()].toSorted((left, right) => left - right)[0];
    }
  }

  private release(index: number): void {
    for (const line of this.steps.get(index)?.lines.splice(0) ?? []) this.say(line);
    this.steps.delete(index);
  }

  private finish(imageId: string, tags: readonly string[]): void {
    this.say({ aux: { ID: imageId } });
    if (this.quiet) return this.tell({ stream: `${imageId}\n` });
    this.say({ stream: `Successfully built ${shortId(imageId)}\n` });
    for (const tag of tags) this.say({ stream: `Successfully tagged ${tag}\n` });
  }

  private say(line: object): void {
    if (this.quiet) this.held.push(line);
    else this.tell(line);
  }
}

type StepEvent = Extract<BuildEvent, { index: number }>;

/** A step's lines that were not told yet. */
class Step {
  readonly lines: object[] = [];
  ended = false;
  private readonly decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };

  linesOf(event: StepEvent, total: number): object[] {
    switch (event.type) {
      case 'step-started': {
        const begin = [{ stream: `Step ${event.index}/${total} : ${event.name}` }, { stream: '\n' }];
        const usesCache = event.cache.hit && !/^(?:FROM|ARG)\b/i.test(event.name);
        return usesCache ? [...begin, { stream: ' ---> Using cache\n' }] : begin;
      }
      case 'step-output': {
        const content = this.decoders[event.stream].write(event.data);
        if (content === '') return [];
        // Docker shows what comes by stderr in red
        return [{ stream: event.stream === 'stderr' ? `\u001b[91m${content}\u001b[0m` : content }];
      }
      case 'step-progress':
        return [transferLine(event)];
      case 'step-ended':
        return event.imageId === undefined ? [] : [{ stream: ` ---> ${shortId(event.imageId)}\n` }];
    }
  }
}
