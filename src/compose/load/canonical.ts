import {
  hostsOf,
  locateContext,
  longDevice,
  longDeviceRequest,
  longEnvFile,
  longExternal,
  longFile,
  longGpus,
  longPorts,
  longSecret,
  longVolume,
  sshOf,
  startedDependency,
  textForm,
} from './long-forms.ts';
import { forAll } from './compose-error.ts';
import { followLinks, type Locate } from './paths.ts';
import { asList, changeKeys, dictOf, eachEntry, flatList, keyed, listMap, textOf } from './tree-forms.ts';
import { at, type ListTree, mapTree, type MapTree, scalarTree, type Tree } from './tree.ts';

/** Brings one value of a service to its long form. */
type Rule = (value: Tree, locate: Locate) => Tree;

const nothing = (place: Tree['place']): Tree => scalarTree(null, place);

/**
 * Rules as data: the key of a service and how its short form becomes long. After this every key has one form only, so merging and
 * reading know a single shape.
 */
const serviceRules: Readonly<Record<string, Rule>> = {
  annotations: dictOf,
  build: canonicalBuild,
  configs: (value) => listMap(value, longFile),
  depends_on: (value) => keyed(value, startedDependency),
  deploy: canonicalDeploy,
  develop: (value, locate) =>
    changeKeys(value, { watch: (rules) => listMap(rules, (rule) => canonicalRule(rule, locate)) }),
  devices: (value) => listMap(value, longDevice),
  dns: (value) => withoutEmpty(asList(value)),
  dns_search: asList,
  env_file: (value, locate) => listMap(asList(value), (item) => longEnvFile(item, locate)),
  environment: dictOf,
  extends: (value) =>
    value.kind === 'scalar' ? mapTree(value.place, [['service', { keyPlace: value.place, value }]]) : value,
  extra_hosts: hostsOf,
  gpus: (value) => listMap(longGpus(value), canonicalDeviceRequest),
  label_file: (value, locate) => listMap(asList(value), (item) => located(item, locate)),
  labels: dictOf,
  models: (value) => keyed(value, nothing),
  networks: (value) => keyed(value, nothing),
  ports: (value) => flatList(value, longPorts),
  post_start: (value) => listMap(value, canonicalHook),
  pre_start: (value) => listMap(value, canonicalHook),
  pre_stop: (value) => listMap(value, canonicalHook),
  secrets: (value) => listMap(value, longSecret),
  sysctls: dictOf,
  tmpfs: asList,
  volumes: (value, locate) =>
    listMap(value, (item) =>
      changeKeys(longVolume(item, locate), {
        volume: (volume) => changeKeys(volume, { labels: dictOf }),
      }),
    ),
};

/** What a variable left empty is not said. */
const withoutEmpty = (list: ListTree): Tree => ({
  ...list,
  items: list.items.filter((item) => textOf(item) !== ''),
});

const located = (value: Tree, locate: Locate): Tree =>
  value.kind === 'scalar' && textOf(value) !== '' ? scalarTree(locate(textOf(value)), value.place) : value;

function canonicalBuild(value: Tree, locate: Locate): Tree {
  const build =
    value.kind === 'scalar' ? mapTree(value.place, [['context', { keyPlace: value.place, value }]]) : value;
  return changeKeys(build, {
    additional_contexts: (contexts) =>
      eachEntry(dictOf(contexts), (context) => locateContext(context, locate)),
    args: dictOf,
    cache_from: asList,
    cache_to: asList,
    context: (context) => locateContext(context, locate),
    extra_hosts: hostsOf,
    labels: dictOf,
    provenance: textForm,
    sbom: textForm,
    secrets: (secrets) => listMap(secrets, longFile),
    ssh: (keys) => sshOf(keys, locate),
    tags: asList,
  });
}

function canonicalDeploy(value: Tree): Tree {
  return changeKeys(value, {
    labels: dictOf,
    resources: (resources) =>
      changeKeys(resources, {
        reservations: (reservations) =>
          changeKeys(reservations, {
            devices: (devices) =>
              listMap(devices, (device) => canonicalDeviceRequest(longDeviceRequest(device))),
          }),
      }),
  });
}

const canonicalDeviceRequest = (value: Tree): Tree => changeKeys(value, { options: dictOf });

const canonicalHook = (value: Tree): Tree => changeKeys(value, { environment: dictOf });

const canonicalRule = (value: Tree, locate: Locate): Tree =>
  changeKeys(value, {
    exec: canonicalHook,
    ignore: asList,
    include: asList,
    path: (path) => scalarTree(followLinks(locate(textOf(path))), path.place),
  });

const canonicalService = (service: Tree, locate: Locate): Tree =>
  changeKeys(
    service,
    Object.fromEntries(
      Object.entries(serviceRules).map(([key, rule]) => [key, (value: Tree) => rule(value, locate)]),
    ),
  );

/** A whole file in long form; `warn` is told of forms that are no longer wanted. */
export function canonicalFile(file: MapTree, locate: Locate, warn: (message: string) => void): MapTree {
  const resources = Object.fromEntries(
    ['networks', 'volumes', 'configs', 'secrets'].map((section) => [
      section,
      (value: Tree): Tree =>
        value.kind === 'map'
          ? mapTree(
              value.place,
              forAll(value.entries, ([key, entry]) => [
                key,
                {
                  ...entry,
                  value: canonicalResource(
                    longExternal(entry.value, warn, `${section}.${key}`),
                    section,
                    locate,
                  ),
                },
              ]),
            )
          : value,
    ]),
  );
  return changeKeys(file, {
    services: (services) => eachEntry(services, (service) => canonicalService(service, locate)),
    ...resources,
  }) as MapTree;
}

function canonicalResource(item: Tree, section: string, locate: Locate): Tree {
  const isBind =
    section === 'volumes' &&
    textOf(at(item, 'driver')) === 'local' &&
    textOf(at(item, 'driver_opts', 'o')) === 'bind';
  return changeKeys(item, {
    labels: dictOf,
    file: (file) => located(file, locate),
    driver_opts: (options) =>
      isBind ? changeKeys(options, { device: (device) => located(device, locate) }) : options,
  });
}
