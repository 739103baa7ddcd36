import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openContentStore } from '../../content/content-store.ts';
import type { ContentStore } from '../../content/types.ts';
import { openEventBus } from '../../events/event-bus.ts';
import type { EngineEvent } from '../../events/types.ts';
import { openDatabase } from '../../lib/database.ts';
import { openRegistry } from '../../registry/client/registry.ts';
import type { Registry, RegistrySettings } from '../../registry/client/types.ts';
import { openSnapshotter, type OverlaySnapshotter } from '../../snapshot/overlay-snapshotter.ts';
import { openImages } from '../images.ts';
import type { Images } from '../types.ts';

/** An image store of its own over real parts in a temporary directory; for tests. */
export interface TestImages extends Disposable {
  readonly directory: string;
  readonly images: Images;
  readonly content: ContentStore;
  readonly snapshots: OverlaySnapshotter;
  readonly registry: Registry;
  readonly database: DatabaseSync;
  /** `action name` of what was told, in order. */
  readonly told: string[];
  /** Closes and opens it again, as a restart of the engine does. */
  reopen(): TestImages;
}

export function openTestImages(settings: RegistrySettings = {}, at?: string): TestImages {
  const directory = at ?? mkdtempSync(join(tmpdir(), 'lading-image-'));
  const database = openDatabase(join(directory, 'state.db'));
  const content = openContentStore(join(directory, 'content'));
  const snapshots = openSnapshotter({
    layersDir: join(directory, 'layers'),
    snapshotsDir: join(directory, 'snapshots'),
  });
  const registry = openRegistry(settings);
  const events = openEventBus({ database });
  const told: string[] = [];
  events.listen((event: EngineEvent) =>
    told.push(`${event.action} ${event.attributes['name'] ?? ''}`.trim()),
  );
  const close = (): void => {
    registry.close();
    void snapshots.close();
    if (database.isOpen) database.close();
  };
  return {
    directory,
    images: openImages({ database, content, snapshots, registry, events }),
    content,
    snapshots,
    registry,
    database,
    told,
    reopen: () => {
      close();
      return openTestImages(settings, directory);
    },
    [Symbol.dispose]: () => {
      close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
