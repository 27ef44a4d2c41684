import type { Certificate } from '@cssi/pki';
import { AspectBuilder, type Verdict, type VerdictAspect } from '@cssi/sm-core';
import { fetchChunk, readHeader, readLeaves } from './internal/guarded-source.ts';
import { judgePublisher } from './internal/publisher.ts';
import { MODEL_TRANSFER_ERRORS } from './spec/v1/errors.ts';
import type { Manifest } from './spec/v1/manifest.ts';
import type { PackageSource } from './spec/v1/source.ts';

/** What to judge a package by. */
export interface VerifyOptions {
  /** Certificates that publishers' certificates must lead to. */
  readonly anchors: readonly Certificate[];
  readonly time: Date;
}

/** Verdict about a package, with its manifest. */
export interface PackageVerdict extends Verdict {
  readonly manifest: Manifest;
}

async function judgeChunks(source: PackageSource, manifest: Manifest): Promise<VerdictAspect> {
  const aspect = new AspectBuilder();
  try {
    const leaves = await readLeaves(source, manifest);
    for (let number = 0; number < manifest.chunkCount; number++) {
      await fetchChunk(source, manifest, leaves, number, 1);
    }
    aspect.pass(
      'MODEL_CHUNKS_RIGHT',
      'Every chunk matches the signed Merkle tree.',
      '全部分块与已签名的默克尔树一致。',
    );
  } catch (error) {
    if (!MODEL_TRANSFER_ERRORS.is(error) || error.category !== 'integrity') throw error;
    aspect.fail(
      'MODEL_CHUNKS_WRONG',
      'A chunk or the list of digests was altered.',
      '分块或杂凑值列表被篡改。',
    );
  }
  return aspect.build();
}

/**
 * Verifies a package without any key (验签与完整性校验): signature and every chunk, the
 * publisher's certificate, the dates. Says nothing about who can open it.
 *
 * @throws {@link SmError} for a malformed package or certificate, or a source that does not answer
 */
export async function verifyPackage(source: PackageSource, options: VerifyOptions): Promise<PackageVerdict> {
  const signed = await readHeader(source);
  const { path, match, signature, dates } = judgePublisher(signed, options);
  const chunks = await judgeChunks(source, signed.manifest);
  return {
    manifest: signed.manifest,
    integrity: new AspectBuilder().add(signature).add(chunks).add(path.integrity).build(),
    trust: new AspectBuilder().add(path.trust).add(match).build(),
    time: new AspectBuilder().add(path.time).add(dates).build(),
  };
}
