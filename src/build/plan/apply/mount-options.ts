import type { MountType } from '../../instructions/types.ts';
import { type Position, SourceError } from '../../parse/dockerfile-error.ts';

/** The options of a `RUN --mount` with their values, checked against its type. Throws SourceError with BuildKit's texts. */
export class MountOptions {
  private readonly type: MountType;
  private readonly values: ReadonlyMap<string, string>;
  private readonly position: Position;

  constructor(type: MountType, values: ReadonlyMap<string, string>, position: Position) {
    this.type = type;
    this.values = values;
    this.position = position;
    this.check();
  }

  error(message: string): SourceError {
    return new SourceError(this.position, message);
  }

  /** Empty where it is not given. */
  text(name: string): string {
    return this.values.get(name) ?? '';
  }

  isRequired(): boolean {
    return this.flag('required') ?? false;
  }

  /** The last of `ro` and `rw` holds. */
  isReadOnly(byDefault: boolean): boolean {
    const last = [...this.values.keys()].findLast((name) => name === 'readonly' || name === 'readwrite');
    if (last === undefined) return byDefault;
    return this.flag(last) === (last === 'readonly');
  }

  sharing(): 'shared' | 'private' | 'locked' {
    const text = this.values.get('sharing') ?? 'shared';
    const mode = text.toLowerCase();
    if (mode === 'shared' || mode === 'private' || mode === 'locked') return mode;
    throw this.error(`unsupported sharing value ${JSON.stringify(text)}`);
  }

  owner(mode: string): { mode: number; uid: number; gid: number } {
    return {
      mode: this.number('mode', mode, 8),
      uid: this.number('uid', '0', 10),
      gid: this.number('gid', '0', 10),
    };
  }

  /** Other options than these mean nothing where they don't belong. */
  private check(): void {
    const { type, values } = this;
    if (type !== 'secret' && type !== 'ssh') this.refuse('required');
    if (type !== 'tmpfs') this.refuse('size');
    for (const name of type === 'bind' || type === 'tmpfs' ? ['mode', 'uid', 'gid'] : [])
      if (values.has(name)) throw this.error(`${name} not allowed for ${JSON.stringify(type)} type mounts`);
    if (type === 'secret') this.checkSecret();
    if (values.has('sharing') && type !== 'cache')
      throw this.error(`invalid cache sharing set for ${type} mount`);
  }

  private checkSecret(): void {
    if (this.text('from')) throw this.error('secret mount should not have a from');
    if (this.text('sharing')) throw this.error('secret mount should not define sharing');
    if (this.text('source') && this.text('id')) throw this.error("both source and id can't be set");
  }

  private refuse(name: string): void {
    if (this.values.has(name)) throw this.error(`unexpected key '${name}' for mount type '${this.type}'`);
  }

  private flag(name: string): boolean | undefined {
    const value = this.values.get(name);
    if (value === undefined) return undefined;
    if (/^(?:1|t|true|T|TRUE|True)$/.test(value)) return true;
    if (/^(?:0|f|false|F|FALSE|False)$/.test(value)) return false;
    throw this.error(`invalid value for ${name}: ${value}`);
  }

  private number(name: string, byDefault: string, radix: 8 | 10): number {
    const text = this.values.get(name) ?? byDefault;
    const pattern = radix === 8 ? /^[0-7]{1,7}$/ : /^\d{1,10}$/;
    if (!pattern.test(text)) throw this.error(`invalid value ${text} for ${name}`);
    return Number.parseInt(text, radix);
  }
}
