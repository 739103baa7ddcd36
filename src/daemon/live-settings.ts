import type { Settings } from './settings.ts';

/** What SIGHUP may change, as dockerd's reload does. */
type Reloadable = Pick<
  Settings,
  'logLevel' | 'labels' | 'mirrors' | 'insecureRegistries' | 'maxDownloads' | 'maxUploads' | 'features'
>;

/** The settings of a running engine. Who asks for one that may change asks again each time. */
export class LiveSettings implements Reloadable {
  readonly fixed: Settings;
  private current: Reloadable;

  constructor(settings: Settings) {
    this.fixed = settings;
    this.current = settings;
  }

  replace(settings: Settings): void {
    this.current = settings;
  }

  get logLevel(): Settings['logLevel'] {
    return this.current.logLevel;
  }
  get labels(): Settings['labels'] {
    return this.current.labels;
  }
  get mirrors(): Settings['mirrors'] {
    return this.current.mirrors;
  }
  get insecureRegistries(): Settings['insecureRegistries'] {
    return this.current.insecureRegistries;
  }
  get maxDownloads(): number {
    return this.current.maxDownloads;
  }
  get maxUploads(): number {
    return this.current.maxUploads;
  }
  get features(): Settings['features'] {
    return this.current.features;
  }

  /** What the `reload` event tells, spelled as Docker's. */
  attributes(): Record<string, string> {
    const { fixed } = this;
    return {
      debug: String(this.logLevel === 'debug'),
      'default-cgroupns-mode': fixed.containerDefaults.cgroupnsMode ?? 'host',
      'default-ipc-mode': fixed.containerDefaults.ipcMode ?? 'private',
      'default-runtime': 'runc',
      'default-shm-size': String(fixed.defaultShmSize ?? 64 << 20),
      features: `map[${Object.entries(this.features)
        .map(([name, on]) => `${name}:${on}`)
        .toSorted()
        .join(' ')}]`,
      'insecure-registries': JSON.stringify(this.insecureRegistries),
      labels: JSON.stringify(this.labels),
      'live-restore': 'true',
      'max-concurrent-downloads': String(this.maxDownloads),
      'max-concurrent-uploads': String(this.maxUploads),
      'max-download-attempts': '5',
      'registry-mirrors': JSON.stringify(this.mirrors['docker.io'] ?? []),
      runtimes: '',
      'shutdown-timeout': '15',
    };
  }
}
