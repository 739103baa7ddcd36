import type { Image } from '../../image/types.ts';
import type { ImageHistory, ImageRunConfig } from '../../oci/image-config.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Word } from '../instructions/types.ts';
import type { EscapeCharacter } from '../parse/directives.ts';
import { expandWord } from './expand-word.ts';
import type { HistoryItem, StagePlan, Step, Vertex } from './types.ts';

export const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const defaultShell = ['/bin/sh', '-c'];

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the instructions of a stage change one after the other. */
export class StageState {
  config: Mutable<ImageRunConfig>;
  author: string | undefined;
  vertex: Vertex | undefined;
  /** CMD was set in this stage: a later ENTRYPOINT leaves it. */
  isCmdSet = false;
  /** WORKDIR was given: a relative one that follows does not depend on the base. */
  isWorkdirSet = false;
  /** Declared arguments with their values, in order. A stage on top of this one has them too. */
  readonly args: Map<string, string>;
  readonly history: HistoryItem[];
  readonly sequence: { step: Step; vertex?: Vertex; summary: string }[] = [];
  readonly platform: Platform;
  readonly baseImage: Image | undefined;
  readonly baseHistory: readonly ImageHistory[];
  private readonly escape: EscapeCharacter;
  /** All that expansion and RUN see: arguments and environment, what was set last wins. */
  private readonly environment: Map<string, string>;
  /** What the config has of it, as it stands there, and where each name is. */
  private readonly env: string[];
  private readonly places: Map<string, number>;
  onUnset: ((name: string, word: Word) => void) | undefined;

  private constructor(
    from: Pick<
      StageState,
      | 'config'
      | 'author'
      | 'vertex'
      | 'args'
      | 'history'
      | 'platform'
      | 'baseImage'
      | 'baseHistory'
      | 'isWorkdirSet'
    >,
    environment: ReadonlyMap<string, string>,
    escape: EscapeCharacter,
  ) {
    const { Labels, Volumes, ExposedPorts, Env = [] } = from.config;
    this.config = {
      ...from.config,
      ...(Labels && { Labels: { ...Labels } }),
      ...(Volumes && { Volumes: { ...Volumes } }),
      ...(ExposedPorts && { ExposedPorts: { ...ExposedPorts } }),
    };
    this.env = [...Env];
    this.places = new Map(this.env.map((entry, at) => [splitEnv(entry)[0], at] as const).toReversed());
    this.author = from.author;
    this.vertex = from.vertex;
    this.args = new Map(from.args);
    this.history = [...from.history];
    this.platform = from.platform;
    this.baseImage = from.baseImage;
    this.baseHistory = from.baseHistory;
    this.escape = escape;
    this.isWorkdirSet = from.isWorkdirSet;
    this.environment = new Map([...environment, ...this.env.map(splitEnv)]);
  }

  static onScratch(platform: Platform, escape: EscapeCharacter): StageState {
    const config = { Env: [defaultPath], WorkingDir: '/' };
    return new StageState({ ...nothing, config, platform }, new Map(), escape);
  }

  static onImage(image: Image, vertex: Vertex, escape: EscapeCharacter): StageState {
    const { os, architecture, variant, author, history = [], config = {} } = image.config;
    const platform = { os, architecture, ...(variant !== undefined && { variant }) };
    return new StageState(
      { ...nothing, config, author, vertex, platform, baseImage: image, baseHistory: history },
      new Map(),
      escape,
    );
  }

  /** On files that come without a config. */
  static onFiles(vertex: Vertex, platform: Platform, escape: EscapeCharacter): StageState {
    const config = { Env: [defaultPath], WorkingDir: '/' };
    return new StageState({ ...nothing, config, vertex, platform }, new Map(), escape);
  }

  static onStage(stage: StageState): StageState {
    return new StageState(stage, stage.environment, stage.escape);
  }

  expand(word: Word): string {
    return expandWord(word, this.wordScope()).word;
  }

  expandRaw(word: Word): string {
    return expandWord(word, this.wordScope(), true).word;
  }

  expandWords(word: Word): readonly string[] {
    return expandWord(word, this.wordScope()).words;
  }

  setEnv(name: string, value: string): void {
    this.environment.set(name, value);
    const at = this.places.get(name) ?? this.env.length;
    this.env[at] = `${name}=${value}`;
    this.places.set(name, at);
    this.config.Env = this.env;
  }

  /** Adds to a table of the config. There may be many instructions that do, and much that they add. */
  addToConfig<K extends 'Labels' | 'Volumes' | 'ExposedPorts'>(
    name: K,
    entries: Iterable<readonly [string, NonNullable<ImageRunConfig[K]>[string]]>,
  ): void {
    const table = (this.config[name] ??= {});
    const property = { enumerable: true, writable: true, configurable: true };
    for (const [key, value] of entries) Object.defineProperty(table, key, { ...property, value }); // also `__proto__`
  }

  setArg(name: string, value: string | undefined): void {
    this.args.set(name, value ?? '');
    if (value !== undefined) this.environment.set(name, value);
  }

  valueOf(name: string): string | undefined {
    return this.environment.get(name);
  }

  variableNames(): string[] {
    return [...this.environment.keys()];
  }

  /** The environment of RUN. */
  runEnv(): string[] {
    const env = [...this.environment].map(([name, value]) => `${name}=${value}`);
    return this.environment.has('PATH') ? env : [defaultPath, ...env];
  }

  /** Arguments as RUN's history shows them, with the values that RUN sees. */
  runArgs(): string[] {
    return [...this.args].map(([name, value]) => `${name}=${this.environment.get(name) ?? value}`);
  }

  withShell(line: string): string[] {
    return [...(this.config.Shell ?? defaultShell), line];
  }

  get workingDir(): string {
    return this.config.WorkingDir || '/';
  }

  /** Ends an instruction that changes only the config. Docker keeps no history of ONBUILD. */
  addMetadata(step: Step, createdBy: string): void {
    if (!createdBy.startsWith('ONBUILD ')) this.history.push({ createdBy });
    this.sequence.push({ step, summary: createdBy });
  }

  /** Ends an instruction that makes a layer. */
  addLayer(step: Step, createdBy: string, vertex: Vertex): void {
    this.vertex = vertex;
    this.history.push({ createdBy, vertex });
    this.sequence.push({ step, vertex, summary: createdBy });
  }

  toPlan(name: string): StagePlan {
    return {
      name,
      sequence: this.sequence,
      result: this.vertex,
      config: this.config,
      ...(this.author !== undefined && { author: this.author }),
      platform: this.platform,
      ...(this.baseImage && { baseImage: this.baseImage }),
      baseHistory: this.baseHistory,
      history: this.history,
    };
  }

  private wordScope() {
    const { escape, onUnset } = this;
    return {
      escape,
      lookup: (name: string) => this.environment.get(name),
      ...(onUnset && { onUnset }),
    };
  }
}

const nothing = {
  isWorkdirSet: false,
  author: undefined,
  vertex: undefined,
  args: new Map<string, string>(),
  history: [],
  baseImage: undefined,
  baseHistory: [],
};

function splitEnv(entry: string): [string, string] {
  const equals = entry.indexOf('=');
  return equals < 0 ? [entry, ''] : [entry.slice(0, equals), entry.slice(equals + 1)];
}
