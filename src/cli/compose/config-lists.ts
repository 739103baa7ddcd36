import type { LoadStep } from '../../compose/load/load-options.ts';
import { loadFiles } from '../../compose/load/load-project.ts';
import { at, entriesOf } from '../../compose/load/tree.ts';
import { scalarText } from '../../compose/model/document-values.ts';
import { chosenServices } from '../../compose/model/project-document.ts';
import type { Project, Service } from '../../compose/model/types.ts';
import { usedResources } from '../../compose/model/used-resources.ts';
import { type Variable, variablesOf } from '../../compose/model/variables.ts';
import { serviceHash } from '../../compose/plan/config-hash.ts';
import { imageName } from '../../compose/plan/names.ts';
import { byBytes } from '../../lib/go-document.ts';
import { goJson } from '../../lib/go-json.ts';
import { goYaml } from '../../lib/go-yaml.ts';
import { didYouMean } from '../../lib/suggest.ts';
import { ExitError } from '../exit-code.ts';
import { align, lines } from '../format/align.ts';
import { type ComposeContext, loadOptions } from './globals.ts';

interface ListFlags {
  readonly environment?: boolean | undefined;
  readonly format?: string | undefined;
  readonly hash?: string | undefined;
  readonly images?: boolean | undefined;
  readonly models?: boolean | undefined;
  readonly networks?: boolean | undefined;
  readonly profiles?: boolean | undefined;
  readonly services?: boolean | undefined;
  readonly variables?: boolean | undefined;
  readonly volumes?: boolean | undefined;
}

/** What a flag of `config` lists, a line each; undefined when none is given. Lists are sorted. */
export async function printList(
  context: ComposeContext,
  flags: ListFlags,
  named: readonly string[],
  skip: ReadonlySet<LoadStep>,
): Promise<string | undefined> {
  const load = (services: readonly string[] = []): Project =>
    context.load(services, new Set([...skip, 'resolve-environment']));
  if (flags.services) return lines(serviceNames(context, load, skip));
  if (flags.volumes) return lines(resourceNames(load(), 'volumes', context));
  if (flags.networks) return lines(resourceNames(load(), 'networks', context));
  if (flags.models) return lines(modelNames(load(), context));
  if (flags.hash !== undefined) return lines(hashes(load(), flags.hash));
  if (flags.profiles) return lines(profiles(load(named)));
  if (flags.images) {
    const project = load(named);
    return lines(
      chosenServices(project, named)
        .map((service) => imageName(project, service))
        .toSorted(byBytes),
    );
  }
  if (flags.variables) return variables(context, flags.format);
  if (!flags.environment) return undefined;
  const { environment } = context.load(named, skip);
  return lines(
    Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .toSorted(byBytes),
  );
}

/** Those that others depend on come first. */
function serviceNames(context: ComposeContext, load: () => Project, skip: ReadonlySet<LoadStep>): string[] {
  if (skip.has('interpolate')) {
    const { tree } = loadFiles({ ...loadOptions(context, context.globals), skip });
    return entriesOf(at(tree, 'services'))
      .map(([name]) => name)
      .toSorted(byBytes);
  }
  const project = load();
  const seen = new Set<string>();
  const add = (service: Service | undefined): void => {
    if (!service || seen.has(service.name)) return;
    [...service.dependsOn.keys()].toSorted(byBytes).forEach((name) => add(project.services.get(name)));
    seen.add(service.name);
  };
  [...project.services.keys()].toSorted(byBytes).forEach((name) => add(project.services.get(name)));
  return [...seen];
}

function resourceNames(project: Project, key: 'networks' | 'volumes', { globals }: ComposeContext): string[] {
  const used = usedResources(project);
  return entriesOf(at(project.tree, key))
    .map(([name]) => name)
    .filter((name) => globals['all-resources'] || used.has(`${key}/${name}`))
    .toSorted(byBytes);
}

function modelNames(project: Project, { globals }: ComposeContext): string[] {
  const used = usedResources(project);
  return entriesOf(at(project.tree, 'models'))
    .filter(([name]) => globals['all-resources'] || used.has(`models/${name}`))
    .flatMap(([, { value }]) => scalarText(at(value, 'model')) ?? [])
    .toSorted(byBytes);
}

function hashes(project: Project, wanted: string): string[] {
  const names = wanted === '*' ? [...project.services.keys()] : wanted.split(',');
  return names.toSorted(byBytes).map((name) => {
    const service = project.services.get(name);
    if (!service) {
      const why = project.disabled.has(name)
        ? 'disabled'
        : `not found${didYouMean(name, project.services.keys())}`;
      throw new ExitError(1, `no such service: ${name}: ${why}`);
    }
    return `${name} ${serviceHash(project, service, { asWritten: true })}`;
  });
}

const profiles = ({ services, disabled }: Project): string[] =>
  [...new Set([...services.values(), ...disabled.values()].flatMap((service) => service.profiles))].toSorted(
    byBytes,
  );

function variables(context: ComposeContext, format = 'table'): string {
  const skip = new Set<LoadStep>(['interpolate']);
  const found = variablesOf(loadFiles({ ...loadOptions(context, context.globals), skip }).tree);
  switch (format) {
    case 'json':
      return `${goJson(documentOf(found, ['Name', 'DefaultValue', 'PresenceValue', 'Required']), '    ')}\n\n`;
    case 'yaml':
      return goYaml(documentOf(found, ['name', 'defaultvalue', 'presencevalue', 'required']), 4);
    case 'table':
    case 'pretty':
      return align(
        [
          ['NAME', 'REQUIRED', 'DEFAULT VALUE', 'ALTERNATE VALUE'],
          ...found.map((one) => [one.name, String(one.required), one.default, one.presence]),
        ],
        20,
      );
    default:
      throw new ExitError(1, `format value ${JSON.stringify(format)} could not be parsed: parsing failed`);
  }
}

const documentOf = (
  found: readonly Variable[],
  [name, other, presence, required]: readonly [string, string, string, string],
) =>
  new Map(
    found.map((one) => [
      one.name,
      new Map<string, string | boolean>([
        [name, one.name],
        [other, one.default],
        [presence, one.presence],
        [required, one.required],
      ]),
    ]),
  );
