/** What one container of a service is beyond what its service says. */
export interface InstanceOptions {
  readonly number: number;
  readonly oneOff: boolean;
  /** Id of the image as it is now. */
  readonly imageId: string;
  /** Containers of other services, for `network_mode: service:x` and the like. */
  readonly containerOf: (service: string) => string;
  /** Anonymous volumes of the container that this one replaces: path in the container → volume. */
  readonly inherited?: ReadonlyMap<string, string>;
  /** Name of the container that this one replaces. */
  readonly replaces?: string;
}

/** A namespace that belongs to another service is that of its container. */
export const namespaceMode = (
  mode: string | undefined,
  { containerOf }: InstanceOptions,
): string | undefined =>
  mode?.startsWith('service:') ? `container:${containerOf(mode.slice('service:'.length))}` : mode;
