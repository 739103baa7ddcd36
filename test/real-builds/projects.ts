import { join } from 'node:path';

/** A replacement in one file of a project: the text must be there once. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface RealProject {
  readonly name: string;
  /** Its files; the tool copies them and sets all times. */
  readonly directory: string;
  /** Archives of `make bases` that it needs. */
  readonly bases: readonly string[];
  /** Its steps fetch packages: it is not recorded, and CI leaves it out. */
  readonly needsNetwork: boolean;
  /** Stages that are compared beside the last one. */
  readonly stages: readonly string[];
  readonly flags?: readonly string[];
  /** Edits that change no result, those that do, and those of what it depends on. */
  readonly remark: readonly Edit[];
  readonly source: readonly Edit[];
  readonly dependencies: readonly Edit[];
}

const own = (name: string): { name: string; directory: string } => ({
  name,
  directory: join(import.meta.dirname, 'projects', name),
});

export const projects: readonly RealProject[] = [
  {
    ...own('c'),
    bases: ['debian'],
    needsNetwork: true,
    stages: ['build'],
    remark: [{ file: 'src/words.c', from: '#include "words.h"', to: '/* Words. */\n#include "words.h"' }],
    source: [{ file: 'src/main.c', from: '"%ld %s\\n"', to: '"%8ld %s\\n"' }],
    dependencies: [{ file: 'packages.txt', from: 'make\n', to: 'make\npkg-config\n' }],
  },
  {
    ...own('node'),
    bases: ['node'],
    needsNetwork: true,
    stages: ['build'],
    remark: [{ file: 'src/server.js', from: 'const app', to: '// The server\nconst app' }],
    source: [{ file: 'src/greeting.js', from: 'Good day', to: 'Good evening' }],
    dependencies: [
      {
        file: 'package.json',
        from: '"express": "^4.21.2"',
        to: '"express": "^4.21.2", "isarray": "2.0.5"',
      },
      {
        file: 'package-lock.json',
        from: '"express": "^4.21.2"\n',
        to: '"express": "^4.21.2",\n        "isarray": "2.0.5"\n',
      },
      {
        file: 'package-lock.json',
        from: '    "node_modules/math-intrinsics": {',
        to: `    "node_modules/isarray": {
      "version": "2.0.5",
      "integrity": "sha512-xHjhDr3cNBK0BzdUJSPXZntQUx/mwMS5Rw4A7lPJ90XGAO6ISP/ePDNuo0vhqOZU+UD5JoodwCAAoZQd3FeAKw==",
      "license": "MIT"
    },
    "node_modules/math-intrinsics": {`,
      },
    ],
  },
  {
    ...own('python'),
    bases: ['python'],
    needsNetwork: true,
    stages: ['wheels'],
    remark: [{ file: '.dockerignore', from: '__pycache__', to: '# Made anew\n__pycache__' }],
    source: [{ file: 'src/inventory/reports/text.py', from: '"\\n"', to: '"; "' }],
    dependencies: [{ file: 'packages.txt', from: 'python3-yaml\n', to: 'python3-yaml\npython3-attr\n' }],
  },
  {
    ...own('nginx'),
    bases: ['nginx'],
    needsNetwork: false,
    stages: ['pages'],
    flags: ['--build-arg', 'TITLE=Pages'],
    remark: [{ file: 'Dockerfile', from: 'EXPOSE', to: '# Not below 1024\nEXPOSE' }],
    source: [{ file: 'pages/about.txt', from: 'Of this site.', to: 'Of that site.' }],
    dependencies: [{ file: 'authors.lock', from: 'bob 2.1', to: 'bob 2.2' }],
  },
  {
    ...own('postgres'),
    bases: ['postgres'],
    needsNetwork: false,
    stages: ['checked'],
    remark: [{ file: 'Dockerfile', from: 'STOPSIGNAL SIGINT', to: 'STOPSIGNAL   SIGINT' }],
    source: [{ file: 'init/10-tables.sql', from: 'done boolean', to: 'due date,\n  done boolean' }],
    dependencies: [{ file: 'extensions.lock', from: 'plpgsql\n', to: 'plpgsql\npg_trgm\n' }],
  },
  {
    ...own('odd'),
    bases: ['python'],
    needsNetwork: false,
    stages: ['made'],
    flags: ['--secret', 'id=token,src=tree/secret.tmp', '--secret', 'id=named,env=REAL_BUILDS_NAMED'],
    remark: [{ file: 'make.py', from: '# Version 2', to: '# The version 2' }],
    source: [{ file: 'tree/file', from: 'text', to: 'other text' }],
    dependencies: [{ file: 'kinds.lock', from: 'nodes\n', to: '' }],
  },
  {
    name: 'todo',
    directory: join(import.meta.dirname, '../../examples/todo'),
    bases: ['python'],
    needsNetwork: true,
    stages: ['test'],
    remark: [{ file: 'docker-compose.yml', from: '# The unit tests', to: '# Unit tests' }],
    source: [
      {
        file: 'package/todo/views.py',
        from: 'from rest_framework import status',
        to: '# Views\nfrom rest_framework import status',
      },
    ],
    dependencies: [{ file: 'src/requirements.txt', from: 'psycopg2>=2.9', to: 'psycopg2>=2.9 # pinned' }],
  },
];
