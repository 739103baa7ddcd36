import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { BuiltImage } from '../../build/types.ts';
import { digestOf } from '../../oci/digest.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { FrontendAttributes } from '../frontend/attributes.ts';
import type { ResultPart } from '../result.ts';
import { hashFiles } from './hash-files.ts';
import { packageUrl } from './package-url.ts';
import { provenanceOf } from './provenance.ts';
import { attestationRequests, type ProvenanceRequest } from './requests.ts';
import { scanTree } from './sbom/scan-tree.ts';
import { spdxDocument } from './sbom/spdx.ts';

const { signal } = new AbortController();

test('what is to be stated comes from attributes, or from build arguments', () => {
  assert.deepEqual(attestationRequests({}), {});
  assert.deepEqual(attestationRequests({ 'attest:provenance': 'mode=min,inline-only=true' }).provenance, {
    mode: 'min',
    version: 'v1',
    inlineOnly: true,
    reproducible: false,
    builderId: '',
  });
  const { sbom, provenance } = attestationRequests({
    'attest:sbom': '"generator=me/scan:1",SCAN=deep',
    'build-arg:BUILDKIT_ATTEST_PROVENANCE': 'mode=max,version=v0.2,builder-id=https://ci/1,reproducible=true',
  });
  assert.deepEqual(sbom, { generator: 'me/scan:1', parameters: { SCAN: 'deep' } });
  assert.deepEqual(
    [provenance?.mode, provenance?.version, provenance?.builderId],
    ['max', 'v0.2', 'https://ci/1'],
  );
  assert.deepEqual(attestationRequests({ 'attest:sbom': 'disabled=true' }), {});
  for (const asked of ['', 'mode=full', 'reproducible=true'])
    assert.equal(attestationRequests({ 'attest:provenance': asked }).provenance?.mode, 'max');
});

test('statements that nobody can make are refused', () => {
  assert.throws(() => attestationRequests({ 'attest:taste': '' }), /unknown attestation type "taste"/);
  assert.throws(() => attestationRequests({ 'attest:provenance': 'mode=some' }), /invalid mode "some"/);
  assert.throws(
    () => attestationRequests({ 'attest:provenance': 'version=v2' }),
    /invalid provenance SLSA version: v2/,
  );
});

test('images are named by package URLs as BuildKit does', () => {
  const url = (name: string): string => packageUrl(parseReference(name), parsePlatform('linux/arm/v7'));
  assert.equal(url('busybox'), 'pkg:docker/busybox@latest?platform=linux%2Farm%2Fv7');
  assert.equal(
    url('localhost:5000/me/app:1'),
    'pkg:docker/localhost%3A5000/me/app@1?platform=linux%2Farm%2Fv7',
  );
  const digest = digestOf('x');
  assert.equal(
    packageUrl(parseReference(`me/app@${digest}`), undefined),
    `pkg:docker/me/app?digest=${encodeURIComponent(digest)}`,
  );
});

const commit = 'c'.repeat(40);

const source = { uri: 'https://host/repository.git', digest: { sha1: commit } };

function partOf(attributes: FrontendAttributes, from?: typeof source): ResultPart {
  const fetched = [{ uri: 'https://a:b@host/file', digest: { sha256: 'f' } }];
  const bases = [{ name: 'busybox', platform: hostPlatform(), digest: digestOf('base') }];
  return {
    id: 'linux/amd64',
    platform: hostPlatform(),
    image: { bases, fetched } as unknown as BuiltImage,
    account: {
      dockerfile: { name: 'Dockerfile', text: 'FROM busybox\n' },
      attributes,
      ...(from && { source: from }),
      startedAt: new Date(0),
      finishedAt: new Date(1000),
      secrets: [{ id: 'token', optional: true }],
      agents: [{ id: 'default', optional: false }],
    },
  };
}

const full: FrontendAttributes = {
  'build-arg:TOKEN': 'hidden',
  'label:a': 'b',
  target: 'app',
  filename: 'own.Dockerfile',
  platform: 'linux/amd64',
  'attest:provenance': 'mode=max',
  'vcs:source': 'https://user:password@host/repository',
  context: 'https://user:password@host/repository.git',
};
const asked: ProvenanceRequest = {
  mode: 'min',
  version: 'v1',
  inlineOnly: false,
  reproducible: false,
  builderId: '',
};

interface Version1 {
  buildDefinition: {
    externalParameters: { configSource: object; request: object };
    resolvedDependencies: object[];
  };
  runDetails: {
    metadata: { buildkit_metadata: object; buildkit_completeness: object; invocationId: string };
  };
}

test('provenance in short tells what was built of what, and no values that may be secret', () => {
  const { buildDefinition, runDetails } = provenanceOf(
    { ref: 'r1' },
    partOf(full, source),
    asked,
  ) as Version1;
  assert.deepEqual(buildDefinition.externalParameters, {
    configSource: { ...source, path: 'own.Dockerfile' },
    request: { frontend: 'dockerfile.v0', args: { target: 'app' } },
  });
  assert.deepEqual(buildDefinition.resolvedDependencies, [
    {
      uri: packageUrl(parseReference('busybox'), hostPlatform()),
      digest: { sha256: digestOf('base').slice(7) },
    },
    source,
    { uri: 'https://xxxxx@host/file', digest: { sha256: 'f' } },
  ]);
  const { metadata } = runDetails;
  assert.deepEqual(metadata.buildkit_completeness, { request: false, resolvedDependencies: true });
  assert.deepEqual(metadata.buildkit_metadata, { vcs: { source: 'https://xxxxx@host/repository' } });
  assert.equal(metadata.invocationId, 'r1');
});

test('provenance in full has arguments, the Dockerfile, and the names of secrets', () => {
  const max = provenanceOf({ ref: 'r1' }, partOf(full), {
    ...asked,
    mode: 'max',
    reproducible: true,
  }) as Version1;
  assert.deepEqual(max.buildDefinition.externalParameters.request, {
    frontend: 'dockerfile.v0',
    args: { 'build-arg:TOKEN': 'hidden', 'label:a': 'b', target: 'app' },
    secrets: [{ id: 'token', optional: true }],
    ssh: [{ id: 'default' }],
    locals: [{ name: 'context' }, { name: 'dockerfile' }],
  });
  assert.match(JSON.stringify(max.runDetails.metadata), /"buildkit_reproducible":true/);
  assert.match(
    JSON.stringify(max.runDetails.metadata.buildkit_metadata),
    new RegExp(Buffer.from('FROM busybox\n').toString('base64')),
  );
});

test('an image of a layout of the client is told by the name of its context', () => {
  const digest = digestOf('layout');
  const part = partOf({ 'context:own::linux/amd64': `oci-layout://store:1@${digest}` });
  const bases = [{ name: digestOf('id'), platform: parsePlatform('linux/amd64'), digest }];
  const { buildDefinition } = provenanceOf(
    { ref: 'r' },
    { ...part, image: { ...part.image, bases } },
    asked,
  ) as Version1;
  assert.partialDeepStrictEqual(buildDefinition.resolvedDependencies, [
    { uri: `pkg:oci/own?digest=${encodeURIComponent(digest)}&platform=linux%2Famd64` },
  ]);
});

test('named contexts that are directories of the client are told, and make the materials incomplete', () => {
  const attributes = { 'context:side': 'local:side', 'context:base': 'docker-image://busybox' };
  const { buildDefinition, runDetails } = provenanceOf(
    { ref: 'r' },
    partOf(attributes, source),
    asked,
  ) as Version1;
  assert.partialDeepStrictEqual(buildDefinition.externalParameters.request, { locals: [{ name: 'side' }] });
  assert.deepEqual(runDetails.metadata.buildkit_completeness, { request: true, resolvedDependencies: false });
});

test('the older version of the predicate has its own names', () => {
  const old = provenanceOf({ ref: 'r1' }, partOf(full, source), { ...asked, version: 'v0.2' }) as Record<
    string,
    object
  >;
  assert.deepEqual(Object.keys(old), ['builder', 'buildType', 'materials', 'invocation', 'metadata']);
  assert.deepEqual((old['invocation'] as { configSource: object }).configSource, {
    ...source,
    entryPoint: 'own.Dockerfile',
  });
});

function treeOf(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'lading-sbom-test-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

test('files are hashed and scanned whatever their names', async () => {
  const root = treeOf({ 'app/node_modules/pad/package.json': '{"name":"pad","version":"1.0.0"}' });
  const odd = (path: string): Buffer => Buffer.from(`${root}/${path}`, 'latin1');
  try {
    mkdirSync(odd('caf\xe9'));
    writeFileSync(odd('caf\xe9/na\xefve'), 'x');
    const hashed = await hashFiles(root, signal);
    assert.deepEqual(
      hashed.map(({ path }) => path),
      ['app/node_modules/pad/package.json', 'caf\ufffd/na\ufffdve'],
    );
    assert.equal(`sha256:${hashed[1]?.sha256}`, digestOf('x'));
    assert.deepEqual(
      (await scanTree(root, signal)).map(({ purl }) => purl),
      ['pkg:npm/pad@1.0.0'],
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test('packages are found in the databases of dpkg, apk, npm and pip', async () => {
  const root = treeOf({
    'etc/os-release': 'NAME=x\nID=debian\nVERSION_ID="12"\n',
    'var/lib/dpkg/status':
      'Package: bash\nStatus: install ok installed\nMaintainer: Matthias <m@debian.org>\nArchitecture: amd64\nVersion: 5.2-1+b1\nDescription: a\n shell\n\n' +
      'Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n',
    'lib/apk/db/installed': 'C:Q1\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\nF:lib\n\nP:nothing\n',
    'app/node_modules/@me/pad/package.json':
      '{"name":"@me/pad","version":"1.0.0","license":"MIT OR Apache-2.0"}',
    'app/node_modules/broken/package.json': '{',
    'app/package.json': '{"name":"app","version":"9"}',
    'usr/lib/python3/dist-packages/Foo_Bar-2.0.dist-info/METADATA':
      'Metadata-Version: 2.1\nName: Foo_Bar\nVersion: 2.0\nLicense: BSD\n\nName: no\n',
  });
  try {
    const packages = await scanTree(root, signal);
    assert.deepEqual(
      packages.map(({ purl }) => purl),
      [
        'pkg:apk/debian/musl@1.2.4-r2?arch=x86_64&distro=debian-12',
        'pkg:deb/debian/bash@5.2-1%2Bb1?arch=amd64&distro=debian-12',
        'pkg:npm/%40me/pad@1.0.0',
        'pkg:pypi/foo-bar@2.0',
      ],
    );
    const about = { name: 'sbom', created: new Date(0), tool: 'lading-1' };
    const document = spdxDocument(packages, about) as {
      packages: { SPDXID: string; licenseDeclared?: string; supplier?: string }[];
    };
    assert.deepEqual(
      document.packages.slice(1).map(({ licenseDeclared }) => licenseDeclared),
      ['MIT', 'NOASSERTION', 'MIT OR Apache-2.0', 'BSD'],
    );
    assert.equal(document.packages[2]?.supplier, 'Person: Matthias (m@debian.org)');
    assert.equal(new Set(document.packages.map(({ SPDXID }) => SPDXID)).size, 5);
    assert.deepEqual(spdxDocument(await scanTree(root, signal), about), document);
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a scan follows no symlink, however the tree is laid out', async () => {
  const outside = treeOf({
    'lib/dpkg/status': 'Package: secret\nVersion: 1\n',
    status: 'Package: secret\nVersion: 1\n',
  });
  const root = treeOf({ 'empty/x': '' });
  try {
    symlinkSync(outside, join(root, 'var'));
    mkdirSync(join(root, 'lib/apk/db'), { recursive: true });
    symlinkSync(join(outside, 'status'), join(root, 'lib/apk/db/installed'));
    assert.deepEqual(await scanTree(root, signal), []);
  } finally {
    for (const directory of [root, outside]) rmSync(directory, { recursive: true });
  }
});
