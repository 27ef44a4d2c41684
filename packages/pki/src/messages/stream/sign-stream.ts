import { concatBytes, sm3Hash } from '@cssi/sm-core';
import { explicit, oid, sequence, setOf } from '../../internal/write.ts';
import { readPublicKeyInfo } from '../../signature/public-key.ts';
import { startVerification } from '../../signature/verify.ts';
import { PREFIX_BYTES } from '../attributes-form.ts';
import { contentTypeOf } from '../content-types.ts';
import { type RunningDigest, startDigest } from '../digests.ts';
import { checkSize, optionProblem } from '../options.ts';
import {
  checkSignedSpec,
  encodeCertificates,
  encodeDigestAlgorithms,
  refuseAttributes,
  type SignedMessageSpec,
  signedVersion,
} from '../sign-message.ts';
import { Sm2Content } from '../sm2-content.ts';
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
import { blocksOf } from './blocks.ts';
import { MAX_TAIL_BYTES } from './limits.ts';

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

/** Checks what a signer of digests gives back, over the content as it goes by. */
function startCheck(spec: MessageSignerSpec, syntax: SignedMessageSpec['syntax']) {
  const { publicKeyInfo } = spec.signer;
  const key = readPublicKeyInfo(publicKeyInfo).sm2PublicKey;
  if (key === undefined) {
    const running = startVerification(algorithmsOf(spec, syntax).signature, publicKeyInfo);
    return {
      update: (bytes: Uint8Array) => running.update(bytes),
      isRight: (signature: Uint8Array) => running.finish(signature).check === 'right',
    };
  }
  const content = new Sm2Content(key, undefined);
  return {
    update: (bytes: Uint8Array) => content.update(bytes),
    // Raw values are none that a message may have.
    isRight: (signature: Uint8Array) => content.check(signature, undefined).check === 'right',
  };
}

/** Over the content itself: the signer gets its digest. */
function overContent(spec: MessageSignerSpec, syntax: SignedMessageSpec['syntax']): RunningSignature {
  const { signer } = spec;
  if (signer.signDigest === undefined) throw optionProblem('sign-digest');
  const hash = startContentDigest(spec, algorithmsOf(spec, syntax).digest);
  const check = startCheck(spec, syntax);
  let prefix: Uint8Array = new Uint8Array(0);
  return {
    update(bytes) {
      if (prefix.length < PREFIX_BYTES) {
        prefix = concatBytes(prefix, bytes.subarray(0, PREFIX_BYTES - prefix.length));
        refuseAttributes(prefix);
      }
      hash.update(bytes);
      check.update(bytes);
    },
    async finish() {
      const signature: unknown = await signer.signDigest!(hash.digest());
      if (!(signature instanceof Uint8Array)) throw signingFailed();
      const own = Uint8Array.from(signature);
      if (!check.isRight(own)) throw signingFailed();
      return encodeSignerInfo(spec, syntax, { attributesSet: undefined, signature: own });
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

/** What readers of streams take behind the content. */
function checkTail(parts: readonly Uint8Array[]): void {
  if (parts.reduce((sum, { length }) => sum + length, 0) > MAX_TAIL_BYTES) throw optionProblem('size');
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
  // Before the content goes by: what the caller changes meanwhile must not count.
  const carried = encodeCertificates(spec);
  checkTail(carried);
  const running = spec.signers.map((signer) => startSignature(signer, spec, contentType));
  const outer = oid(contentTypeOf(spec.syntax, 'signedData')!);
  const head = [signedVersion(spec, contentType), encodeDigestAlgorithms(spec)];
  const detached = spec.detached === true;
  if (!detached) {
    const layers = [open(0x30), outer, open(0xa0), open(0x30), ...head];
    yield concatBytes(...layers, open(0x30), oid(contentType), open(0xa0), open(0x24));
  }
  for await (const piece of blocksOf(content)) {
    for (const signature of running) signature.update(piece);
    if (!detached) yield octetPieces(piece);
  }
  const tail = [...carried, await finishAll(running)];
  checkTail(tail);
  if (!detached) {
    yield concatBytes(close(3), ...tail, close(3));
    return;
  }
  const body = sequence(...head, sequence(oid(contentType)), ...tail);
  yield checkSize(sequence(outer, explicit(0, body)));
}
