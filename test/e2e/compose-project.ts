import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestEngine } from './harness.ts';
import { lade, type Ran } from './lade.ts';

/** A Compose project in a folder of its own, which `lade compose` works on. */
export class TestProject implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'lade-compose-'));
  readonly name: string;
  private readonly engine: TestEngine;

  constructor(engine: TestEngine, name: string, text: string) {
    this.engine = engine;
    this.name = name;
    this.write(text);
  }

  write(text: string, file = 'compose.yaml'): void {
    writeFileSync(join(this.folder, file), text);
  }

  compose(...args: string[]): Promise<Ran> {
    return lade(this.engine, ['compose', '-p', this.name, ...args], { cwd: this.folder });
  }

  async ok(...args: string[]): Promise<Ran> {
    const ran = await this.compose(...args);
    assert.equal(ran.status, 0, `compose ${args.join(' ')}: ${ran.stderr}`);
    return ran;
  }

  /** Its containers as they are: name → id and state. */
  async containers(): Promise<Record<string, { id: string; state: string }>> {
    const filters = encodeURIComponent(
      JSON.stringify({ label: [`com.docker.compose.project=${this.name}`] }),
    );
    const { body } = await this.engine.request('GET', `/containers/json?all=1&filters=${filters}`);
    const list = JSON.parse(body) as { Id: string; Names: string[]; State: string }[];
    return Object.fromEntries(
      list
        .map(({ Id, Names, State }) => [Names[0]?.slice(1) ?? '', { id: Id, state: State }] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** name → id */
  async ids(): Promise<Record<string, string>> {
    return Object.fromEntries(Object.entries(await this.containers()).map(([name, { id }]) => [name, id]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose('down', '-v', '--remove-orphans', '-t', '0');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
