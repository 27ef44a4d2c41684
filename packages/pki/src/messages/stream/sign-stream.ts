import { concatBytes, sm2, sm3Hash } from '@cssi/sm-core';
import { explicit, oid, sequence, setOf } from '../../internal/write.ts';
import { readPublicKeyInfo } from '../../signature/public-key.ts';
import { type StreamVerification, startVerification } from '../../signature/verify.ts';
import { contentTypeOf } from '../content-types.ts';
import { type RunningDigest, startDigest } from '../digests.ts';
import { checkSize, optionProblem } from '../options.ts';
import {
  checkSignedSpec,
  encodeCertificates,
  encodeDigestAlgorithms,
  type SignedMessageSpec,
  signedVersion,
} from '../sign-message.ts';
import {
  algorithmsOf,
  encodeSignerInfo,
  type MessageSignerSpec,
  signBytes,
  signedAttributesSet,
  signerZ,
  signingFailed,
  signsAttributes,
} from '../write-signer.ts';
import { close, octetPieces, open } from './ber-write.ts';
import { ownPieces } from './problems.ts';

/** A signature that is in the making while the content goes by. */
interface RunningSignature {
  update(bytes: Uint8Array): void;
  /** SignerInfo. */
  finish(): Promise<Uint8Array>;
}

/** Over attributes: the content goes into messageDigest. */
function overAttributes(
  spec: MessageSignerSpec,
  syntax: SignedMessageSpec['syntax'],
  contentType: string,
): RunningSignature {
  const digest = startDigest(algorithmsOf(spec, syntax).digest)!;
  return {
    update: (bytes) => digest.update(bytes),
    async finish() {
      const attributesSet = signedAttributesSet(spec, contentType, digest.digest());
      const signature = await signBytes(spec, syntax, attributesSet);
      return encodeSignerInfo(spec, syntax, { attributesSet, signature });
    },
  };
}

/** e = SM3(Z‖M), or the hash of M. */
function startContentDigest(spec: MessageSignerSpec, digest: string): RunningDigest {
  if (spec.signer.algorithm !== 'sm2-sm3') return startDigest(digest)!;
  const hash = sm3Hash().update(signerZ(spec));
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
}

/** Over the content itself: the signer gets its digest. */
function overContent(spec: MessageSignerSpec, syntax: SignedMessageSpec['syntax']): RunningSignature {
  const { signer } = spec;
  const { digest, signature: algorithm } = algorithmsOf(spec, syntax);
  if (signer.signDigest === undefined) throw optionProblem('sign-digest');
  const hash = startContentDigest(spec, digest);
  const foreign: StreamVerification | undefined =
    signer.algorithm === 'sm2-sm3' ? undefined : startVerification(algorithm, signer.publicKeyInfo);
  return {
    update(bytes) {
      hash.update(bytes);
      foreign?.update(bytes);
    },
    async finish() {
      const e = hash.digest();
      const signature = Uint8Array.from(await signer.signDigest!(Uint8Array.from(e)));
      const right =
        foreign === undefined
          ? sm2.verifyDigest(readPublicKeyInfo(signer.publicKeyInfo).sm2PublicKey!, e, signature)
          : foreign.finish(signature).check === 'right';
      if (!right) throw signingFailed();
      return encodeSignerInfo(spec, syntax, { attributesSet: undefined, signature });
    },
  };
}

const startSignature = (spec: MessageSignerSpec, message: SignedMessageSpec, contentType: string) =>
  signsAttributes(spec, message.syntax)
    ? overAttributes(spec, message.syntax, contentType)
    : overContent(spec, message.syntax);

async function finishAll(running: readonly RunningSignature[]): Promise<Uint8Array> {
  const infos: Uint8Array[] = [];
  for (const signature of running) infos.push(await signature.finish());
  return setOf(infos);
}

/**
 * Signs content that comes in pieces and is never held as a whole.
 *
 * Attached, the message is BER: indefinite lengths around and OCTET STRINGs in pieces, because
 * neither length is known ahead; readers that take DER only refuse it. Detached, the content
 * goes by and one DER message comes at the end. A signer that signs the content itself needs
 * `signDigest`; with signed attributes `sign` is enough. What was given out before an error is
 * no message.
 *
 * @standard GB/T 35275-2017 (GM/T 0010), RFC 5652 §5
 * @throws {@link SmError} ERR_PKI_MESSAGE_OPTIONS, ERR_PKI_SIGNING_FAILED
 */
export async function* signMessageStream(
  content: AsyncIterable<Uint8Array>,
  spec: SignedMessageSpec,
): AsyncGenerator<Uint8Array, void, undefined> {
  const contentType = checkSignedSpec(spec);
  const running = spec.signers.map((signer) => startSignature(signer, spec, contentType));
  const outer = oid(contentTypeOf(spec.syntax, 'signedData')!);
  const head = [signedVersion(spec, contentType), encodeDigestAlgorithms(spec)];
  const detached = spec.detached === true;
  if (!detached) {
    const layers = [open(0x30), outer, open(0xa0), open(0x30), ...head];
    yield concatBytes(...layers, open(0x30), oid(contentType), open(0xa0), open(0x24));
  }
  for await (const piece of ownPieces(content)) {
    for (const signature of running) signature.update(piece);
    if (!detached) yield octetPieces(piece);
  }
  const tail = [...encodeCertificates(spec), await finishAll(running)];
  if (!detached) {
    yield concatBytes(close(3), ...tail, close(3));
    return;
  }
  const body = sequence(...head, sequence(oid(contentType)), ...tail);
  yield checkSize(sequence(outer, explicit(0, body)));
}
