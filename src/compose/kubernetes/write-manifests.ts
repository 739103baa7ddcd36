import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goYaml } from '../../lib/go-yaml.ts';
import type { Project } from '../model/types.ts';
import { kubeName, type Manifest, toDocument } from './manifest.ts';

const header = (project: Project, file: string): string =>
  `#! ${file}\n# Made of the Compose project ${JSON.stringify(project.name)}: change that instead, and convert it again.\n`;

/** Writes manifests to `base` in a directory, with a kustomization for all of them; what was there of an earlier one is replaced. */
export function writeManifests(directory: string, project: Project, manifests: readonly Manifest[]): void {
  mkdirSync(directory, { recursive: true });
  const temporary = mkdtempSync(join(directory, '.base-'));
  const base = join(directory, 'base');
  try {
    for (const { file, body } of [...manifests, kustomization(project, manifests)])
      writeFileSync(join(temporary, file), header(project, file) + goYaml(toDocument(body)));
    rmSync(base, { recursive: true, force: true });
    renameSync(temporary, base);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

const kustomization = (project: Project, manifests: readonly Manifest[]): Manifest => ({
  file: 'kustomization.yaml',
  body: {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: kubeName(project.name),
    resources: manifests.map(({ file }) => file),
  },
});
