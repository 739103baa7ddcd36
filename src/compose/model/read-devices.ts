import { at, entriesOf, type MapTree, type Tree } from '../load/tree.ts';
import { bytesAt, defined, itemsAt, numberAt, textAt, textsAt } from './read.ts';
import type { BlockIo, CredentialSpec, DeviceRate, Provider, ServiceModel } from './types.ts';

/** Reads `blkio_config`. */
export function readBlockIo(tree: Tree | undefined): BlockIo | undefined {
  if (!tree) return undefined;
  const rates = (key: string): DeviceRate[] =>
    itemsAt(tree, key).map((item) => ({
      path: textAt(item, 'path') ?? '',
      rate: bytesAt(item, 'rate') ?? 0,
    }));
  return defined<BlockIo>({
    weight: numberAt(tree, 'weight'),
    weightDevice: itemsAt(tree, 'weight_device').map((item) => ({
      path: textAt(item, 'path') ?? '',
      weight: numberAt(item, 'weight') ?? 0,
    })),
    readBps: rates('device_read_bps'),
    writeBps: rates('device_write_bps'),
    readIops: rates('device_read_iops'),
    writeIops: rates('device_write_iops'),
  });
}

/** Reads `provider`; an option may have several values. */
export function readProvider(tree: Tree | undefined): Provider | undefined {
  if (!tree) return undefined;
  const options = at(tree, 'options');
  return {
    type: textAt(tree, 'type') ?? '',
    options: new Map(
      entriesOf(options).map(([key, { value }]) => [
        key,
        value.kind === 'list' ? textsAt(options, key) : [textAt(options, key) ?? ''],
      ]),
    ),
    place: tree.place,
  };
}

/** Reads `models` of a service. */
export const readServiceModels = (service: MapTree): Map<string, ServiceModel> =>
  new Map(
    entriesOf(at(service, 'models')).map(([key, { keyPlace, value }]) => [
      key,
      defined<ServiceModel>({
        endpointVariable: textAt(value, 'endpoint_var'),
        modelVariable: textAt(value, 'model_var'),
        place: keyPlace,
      }),
    ]),
  );

export const readCredentialSpec = (tree: Tree | undefined): CredentialSpec | undefined =>
  tree &&
  defined<CredentialSpec>({
    config: textAt(tree, 'config'),
    file: textAt(tree, 'file'),
    registry: textAt(tree, 'registry'),
    place: tree.place,
  });
