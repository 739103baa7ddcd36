import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotationAttributes, shorthand, statementAttributes } from './statements.ts';

test('statements: the last word counts, and short provenance is the default', () => {
  const of = (values: readonly string[], env = {}) => statementAttributes(values, env);
  assert.deepEqual(of([]), { 'attest:provenance': 'mode=min,inline-only=true' });
  assert.deepEqual(of([], { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' }), {});
  assert.deepEqual(of(shorthand('provenance', 'false')), {});
  assert.deepEqual(of([...shorthand('provenance', 'true'), ...shorthand('provenance', 'mode=max')]), {
    'attest:provenance': 'type=provenance,mode=max',
  });
  assert.deepEqual(of(['type=sbom,"generator=a,b"', 'type=provenance,disabled=true']), {
    'attest:sbom': 'type=sbom,"generator=a,b"',
  });
  assert.throws(() => of(['mode=max']), { message: 'type required for "mode=max"' });
});

test('annotations: of manifests, or of what is said, for one platform or all', () => {
  assert.deepEqual(
    annotationAttributes(['a=b=c', 'index:d=', 'manifest[linux/arm64],index-descriptor:e=f']),
    {
      'annotation.a': 'b=c',
      'annotation-index.d': '',
      'annotation-manifest[linux/arm64].e': 'f',
      'annotation-index-descriptor.e': 'f',
    },
  );
  assert.throws(() => annotationAttributes(['x']), /invalid annotation "x", expected key=value/);
  assert.throws(() => annotationAttributes(['other:x=y']), /unknown annotation type "other"/);
  assert.throws(() => annotationAttributes(['I[:x=y']), /invalid annotation type "I\["/);
});
