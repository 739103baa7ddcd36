import { createHash } from 'node:crypto';
import { ruleUrl, rules } from '../../build/check/rules.ts';
import type { BuildEvent } from '../../build/types.ts';
import type { Vertex } from '../message-types.ts';
import type { BuildStatus } from './build-status.ts';
import { buildError, stepError } from './error-text.ts';
import { fullName } from './step-names.ts';
import { StepTeller } from './tell-steps.ts';
import { TaskTeller } from './tell-task.ts';
import { timestamp } from './timestamp.ts';

/** Something that the engine does for a build besides its steps, such as to write an output. */
export type TaskEvent =
  /** Of a task: something is done otherwise than asked. */
  | { readonly type: 'warning'; readonly message: string }
  | { readonly type: 'task-started'; readonly task: number; readonly name: string }
  | {
      readonly type: 'task-progress';
      readonly task: number;
      /** Of the task, such as the transfer of one layer. */
      readonly part: string;
      readonly current: number;
      readonly total: number;
      readonly done: boolean;
    }
  | {
      readonly type: 'task-ended';
      readonly task: number;
      readonly milliseconds: number;
      readonly error?: string;
    };

/** One build on its way to its client. */
interface ToldBuild {
  onEvent(event: BuildEvent): void;
  /** The vertex of a step that has begun. */
  vertexOf(step: number): string | undefined;
}

/** Tells a build as BuildKit tells its own: vertices with their times, progress and output. */
export class BuildTeller {
  /** The Dockerfile that warnings show excerpts of. */
  source: { readonly name: string; readonly text: string } | undefined;
  /** Told of tasks in another form, too. */
  onTask: ((event: TaskEvent) => void) | undefined;
  private readonly status: BuildStatus;
  private readonly name: string;
  /** Builds of several platforms that share steps: who tells a step, by its digest. */
  private readonly owners = new Map<string, object>();
  private readonly warned = new Set<string>();
  /** Images that are looked for. */
  private readonly lookups = new Map<string, Partial<Vertex>>();
  private internal = 0;

  /** @param name tells this build from others in the digests of its vertices */
  constructor(status: BuildStatus, name: string) {
    this.status = status;
    this.name = name;
  }

  /** The steps of one build; `platform` is what it is for where there are others. */
  build(platform?: string): ToldBuild {
    const steps = new StepTeller({
      platform,
      tell: (part) => this.status.tell(part),
      digest: (part) => this.digest(part),
      isMine: (digest) => {
        const owner = this.owners.get(digest) ?? steps;
        this.owners.set(digest, owner);
        return owner === steps;
      },
    });
    return {
      vertexOf: (index) => steps.digestOf(index),
      onEvent: (event) => {
        if (event.type === 'warning')
          return this.warn(event, event.step === undefined ? undefined : steps.digestOf(event.step));
        if (event.type === 'image-lookup') this.lookup(event);
        steps.onEvent(event);
      },
    };
  }

  /** Something that the engine does for the build, such as to load its context. */
  async during<T>(name: string, work: (task: TaskTeller) => Promise<T>): Promise<T> {
    const number = (this.internal += 1);
    const begun = performance.now();
    const vertex = { digest: this.digest(`internal ${number}`), name, started: timestamp() };
    const task = new TaskTeller(
      vertex.digest,
      (part) => this.status.tell(part),
      (part, progress) => this.onTask?.({ type: 'task-progress', task: number, part, ...progress }),
      (message) => this.onTask?.({ type: 'warning', message }),
    );
    const end = (error?: string): void => {
      this.status.tell({
        vertexes: [{ ...vertex, completed: timestamp(), ...(error !== undefined && { error }) }],
      });
      const milliseconds = performance.now() - begun;
      this.onTask?.({
        type: 'task-ended',
        task: number,
        milliseconds,
        ...(error !== undefined && { error }),
      });
    };
    this.status.tell({ vertexes: [vertex] });
    this.onTask?.({ type: 'task-started', task: number, name });
    try {
      const result = await work(task);
      end();
      return result;
    } catch (error) {
      end(buildError(error));
      throw error;
    }
  }

  /** Images are looked for once, whatever the number of platforms. */
  private lookup({ name, ended, error = '' }: Extract<BuildEvent, { type: 'image-lookup' }>): void {
    const known = this.lookups.get(name);
    if (known?.completed || (known && !ended)) return;
    const title = `[internal] load metadata for ${fullName(name)}`;
    const vertex = known ?? { digest: this.digest(title), name: title, started: timestamp() };
    const told = ended ? { ...vertex, completed: timestamp(), error: stepError(error) } : vertex;
    this.lookups.set(name, told);
    this.status.tell({ vertexes: [told] });
  }

  private warn(
    { rule, message, file, line, endLine = line, step }: Extract<BuildEvent, { type: 'warning' }>,
    vertex = this.digest('internal 1'),
  ): void {
    const place = rule === undefined && step === undefined ? '' : ` (line ${line})`;
    const short = `${rule === undefined ? '' : `${rule}: `}${message}${place}`;
    if (this.warned.has(short)) return; // builds for several platforms find the same
    this.warned.add(short);
    this.status.tell({
      warnings: [
        {
          vertex,
          level: 1,
          short: Buffer.from(short),
          detail: rule === undefined ? [] : [Buffer.from(rules[rule])],
          url: rule === undefined ? '' : ruleUrl(rule),
          info: { filename: file, data: Buffer.from(this.source?.text ?? ''), language: 'Dockerfile' },
          ranges: [{ start: { line, character: 0 }, end: { line: endLine, character: 0 } }],
        },
      ],
    });
  }

  private digest(part: string): string {
    return `sha256:${createHash('sha256').update(`${this.name}\n${part}`).digest('hex')}`;
  }
}
