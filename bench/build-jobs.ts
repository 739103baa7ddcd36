import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory to build from, and what becomes of it between two builds. */
export interface BuildJob {
  readonly name: string;
  readonly directory: string;
  /** Makes the next build differ from all earlier ones; absent where it is to be the same. */
  readonly change?: () => void;
  readonly limit: string;
}

/** The contexts of all jobs, below one temporary directory. */
export class BuildJobs implements Disposable {
  private readonly root = mkdtempSync(join(tmpdir(), 'lade-bench-build-'));
  private changes = 0;

  /** Those with this in their name; only their contexts are made. */
  all(only: string): BuildJob[] {
    return Object.entries(this.makers)
      .filter(([name]) => name.includes(only))
      .map(([name, make]) => ({ name, ...make() }));
  }

  private readonly makers: Readonly<Record<string, () => Omit<BuildJob, 'name'>>> = {
    '30 light RUN steps in 6 stages, cold': () => {
      const directory = this.make('stages', 0, '');
      const change = () => this.write(directory, 'Dockerfile', parallelStages(this.next()));
      return { directory, change, limit: `runc: 30 × ${RUNC_MS} ms` };
    },
    '20 steps, 5,000 files, unchanged': () => ({ directory: this.make('small', 5000, steps), limit: 'the client' }),
    '20 steps, 5,000 files, one changed': () => {
      const directory = this.make('changing', 5000, steps);
      const change = () => this.write(directory, 'd7/f7', this.next());
      return { directory, change, limit: `runc: 17 × ${RUNC_MS} ms` };
    },
    '100,000 files, unchanged': () => ({
      directory: this.make('large', 100_000, 'FROM busybox\nCOPY . /src\nRUN true\n'),
      limit: 'the client',
    }),
    '1 GB written by one RUN': () => {
      const directory = this.make('big', 0, '');
      const run = (salt: string) => `FROM busybox\nRUN ${ONE_GB} && echo ${salt} >/salt\n`;
      const change = () => this.write(directory, 'Dockerfile', run(this.next()));
      return { directory, change, limit: 'the disk' };
    },
  }; // prettier-ignore

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  private next(): string {
    this.changes += 1;
    return `${process.pid}-${this.changes}`;
  }

  private make(name: string, files: number, dockerfile: string): string {
    const directory = join(this.root, name);
    mkdirSync(directory);
    this.write(directory, 'Dockerfile', dockerfile);
    for (let number = 0; number < files; number += 1) {
      if (number % PER_DIRECTORY === 0) mkdirSync(join(directory, `d${number / PER_DIRECTORY}`));
      const path = `d${Math.floor(number / PER_DIRECTORY)}/f${number % PER_DIRECTORY}`;
      this.write(directory, path, `${number}\n`.repeat(100));
    }
    return directory;
  }

  private write(directory: string, path: string, text: string): void {
    writeFileSync(join(directory, path), text);
  }
}

const PER_DIRECTORY = 100;
/** Milliseconds, as `node bench/runtime.ts` measures it: to make, start and delete a container by conmon and runc alone. */
const RUNC_MS = 42;
const ONE_GB = 'dd if=/dev/zero of=/big bs=1M count=1000';

const steps = [
  'FROM busybox',
  'WORKDIR /src',
  'COPY . .',
  ...Array.from({ length: 17 }, (_, number) => `RUN echo ${number} >/out-${number}`),
].join('\n');

function parallelStages(salt: string): string {
  const stages = Array.from({ length: 6 }, (_, stage) =>
    [
      `FROM busybox AS stage${stage}`,
      ...Array.from({ length: 5 }, (_unused, step) => `RUN echo ${salt} >/out-${stage}-${step}`),
    ].join('\n'),
  );
  const copies = stages.map((_, stage) => `COPY --from=stage${stage} /out-${stage}-4 /`);
  return [...stages, 'FROM busybox', ...copies].join('\n');
}
