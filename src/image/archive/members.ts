import { TarParser } from '../../lib/tar/parser.ts';
import type { TarEntry } from '../../lib/tar/entry.ts';

/** One member of an archive that is being read. Its body must be read before the next member; what is left of it is skipped. */
export interface Member {
  readonly entry: TarEntry;
  readonly body: AsyncIterable<Uint8Array>;
}

type Step = { entry: TarEntry } | { data: Buffer } | { end: true };

/** Reads an archive member by member, with no more of it in memory than the chunks that its source gives. */
export async function* readMembers(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Member> {
  await using reader = new StepReader(archive);
  for (let step = await reader.next(); step; step = await reader.next()) {
    if (!('entry' in step)) continue;
    const body = bodyOf(reader);
    yield { entry: step.entry, body };
    for await (const _rest of body);
  }
}

async function* bodyOf(reader: StepReader): AsyncGenerator<Uint8Array> {
  for (let step = await reader.next(); step && !('end' in step); step = await reader.next())
    if ('data' in step) yield step.data;
}

/** Turns what the parser tells at once into steps that are taken one by one. */
class StepReader implements AsyncDisposable {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly parser: TarParser;
  private steps: Step[] = [];
  private at = 0;

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.source = archive[Symbol.asyncIterator]();
    this.parser = new TarParser({
      entry: (entry) => void this.steps.push({ entry }),
      data: (data) => void this.steps.push({ data }), // a part of the chunk, which nobody writes to
      entryEnd: () => void this.steps.push({ end: true }),
    });
  }

  async next(): Promise<Step | undefined> {
    while (this.at === this.steps.length && !this.parser.ended) await this.fill();
    return this.steps[this.at++];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.source.return?.();
  }

  private async fill(): Promise<void> {
    this.steps = [];
    this.at = 0;
    const { done, value } = await this.source.next();
    if (done) this.parser.end();
    else this.parser.push(value);
  }
}
