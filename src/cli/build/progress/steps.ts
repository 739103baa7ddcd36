import { StringDecoder } from 'node:string_decoder';
import type { BuildEventLine, CacheAnswer } from '../../../wire/build.ts';

type Plan = Extract<BuildEventLine, { type: 'plan' }>;

/** Instructions that do something with files; the others only change the config and are not shown. */
const working = /^(?:FROM|RUN|COPY|ADD|WORKDIR)\b/i;

/** A step as people see it; or something else that is done for the build, whose number is negative. */
export interface ShownStep {
  readonly index: number;
  /** `[build 2/4] RUN make`; more of a build may be planned while it runs. */
  title: string;
  startedAt?: number;
  cache?: CacheAnswer;
  milliseconds?: number;
  error?: string;
  /** Lines of output with the milliseconds after which they came; the last ones only. */
  readonly lines: (readonly [after: number, line: string])[];
  /** Downloads, by name. */
  readonly transfers: Map<
    string,
    { readonly status: string; readonly current?: number; readonly total?: number; readonly done?: boolean }
  >;
}

const KEPT_LINES = 200;

/** What happened to a step, with what is new of it. */
export type StepChange =
  | { readonly type: 'started' | 'ended'; readonly step: ShownStep }
  | { readonly type: 'transfer'; readonly step: ShownStep; readonly id: string }
  | {
      readonly type: 'lines';
      readonly step: ShownStep;
      readonly lines: readonly (readonly [number, string])[];
    };

/** What a step wrote of a line that has no end yet. */
interface OpenLine {
  readonly decoder: StringDecoder;
  rest: string[];
  length: number;
}

/** In characters: a line that goes on is shown in pieces of these. */
const LONGEST_LINE = 1 << 16;

/** The lines that end in a text; what comes after them is kept. */
function linesOf(open: OpenLine, text: string): string[] {
  open.rest.push(text);
  open.length += text.length;
  if (!text.includes('\n') && open.length < LONGEST_LINE) return [];
  const lines = open.rest.join('').split(/\r?\n/);
  const last = lines.length === 1 ? '' : (lines.pop() ?? '');
  open.rest = [last];
  open.length = last.length;
  return lines;
}

/** The steps of a build as its events tell them. */
export class ShownSteps {
  readonly all = new Map<number, ShownStep>();
  private readonly now: () => number;
  /** Which of the equal steps of several platforms is shown, and what each is built for. */
  private readonly owners = new Map<string, number>();
  private readonly platforms = new Map<number, string | undefined>();
  private readonly decoders = new Map<string, OpenLine>();

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  /** Takes an event; returns what it changed, undefined for what is not shown. */
  take(event: BuildEventLine): StepChange | undefined {
    if (event.type === 'plan') this.plan(event);
    if ('task' in event) return this.task(event);
    if (event.type === 'step-started' && !this.isOwner(event.index, event.key)) this.all.delete(event.index);
    const step = 'index' in event ? this.all.get(event.index) : undefined;
    if (!step) return undefined;
    switch (event.type) {
      case 'step-started':
        step.startedAt = this.now();
        step.cache = event.cache;
        return { type: 'started', step };
      case 'step-output':
        return this.output(step, event.stream, Buffer.from(event.data, 'base64'));
      case 'step-progress': {
        const { id, status, current, total } = event;
        step.transfers.set(id, {
          status,
          ...(current !== undefined && { current }),
          ...(total !== undefined && { total }),
        });
        return { type: 'transfer', step, id };
      }
      case 'step-ended':
        step.milliseconds = event.milliseconds;
        if (event.error !== undefined) step.error = event.error;
        return { type: 'ended', step };
      default:
        return undefined;
    }
  }

  /** Steps that several platforms share are done once. */
  private isOwner(index: number, key: string | undefined): boolean {
    if (key === undefined) return true;
    const owner = this.owners.get(key) ?? index;
    this.owners.set(key, owner);
    return owner === index || this.platforms.get(owner) === this.platforms.get(index);
  }

  private task(event: Extract<BuildEventLine, { task: number }>): StepChange | undefined {
    const index = -event.task;
    if (event.type === 'task-started') {
      const step = { index, title: event.name, lines: [], transfers: new Map(), startedAt: this.now() };
      this.all.set(index, step);
      return { type: 'started', step };
    }
    const step = this.all.get(index);
    if (!step) return undefined;
    if (event.type === 'task-progress') {
      const { part, current, total, done } = event;
      step.transfers.delete(part); // the newest is the last
      step.transfers.set(part, { status: done ? 'done' : '', current, total, done });
      return { type: 'transfer', step, id: part };
    }
    step.milliseconds = event.milliseconds;
    if (event.error !== undefined) step.error = event.error === 'context canceled' ? 'canceled' : event.error;
    return { type: 'ended', step };
  }

  /** A line that had no end when its step ended. */
  rest(step: ShownStep): (readonly [number, string])[] {
    const found: (readonly [number, string])[] = [];
    for (const stream of ['stdout', 'stderr']) {
      const key = `${step.index} ${stream}`;
      const state = this.decoders.get(key);
      this.decoders.delete(key);
      const text = state ? state.rest.join('') + state.decoder.end() : '';
      if (text !== '') found.push([this.after(step), text]);
    }
    step.lines.push(...found);
    return found;
  }

  private plan({ steps, platform }: Plan): void {
    const shown = steps.filter(({ name, stage }) => stage !== '' && working.test(name));
    const stages = Map.groupBy(shown, ({ stage }) => stage);
    for (const [stage, members] of stages) {
      const named = stages.size === 1 ? '' : `${/^\d+$/.test(stage) ? `stage-${stage}` : stage} `;
      const title = platform === undefined ? named : `${platform} ${named}`;
      for (const [at, { index, name }] of members.entries()) {
        this.platforms.set(index, platform);
        const text = `[${title}${at + 1}/${members.length}] ${name.replaceAll(/\s+/g, ' ')}`;
        const known = this.all.get(index);
        if (known) known.title = text;
        else this.all.set(index, { index, title: text, lines: [], transfers: new Map() });
      }
    }
  }

  private output(step: ShownStep, stream: string, data: Buffer): StepChange | undefined {
    const key = `${step.index} ${stream}`;
    const state = this.decoders.get(key) ?? { decoder: new StringDecoder(), rest: [], length: 0 };
    this.decoders.set(key, state);
    const parts = linesOf(state, state.decoder.write(data));
    if (parts.length === 0) return undefined;
    const after = this.after(step);
    const lines = parts.map((line) => [after, line] as const);
    step.lines.push(...lines);
    if (step.lines.length > 2 * KEPT_LINES) step.lines.splice(0, step.lines.length - KEPT_LINES);
    return { type: 'lines', step, lines };
  }

  private after({ startedAt }: ShownStep): number {
    return this.now() - (startedAt ?? this.now());
  }
}

/** `1.2s` */
export const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)}s`;
