import type { Certificate, CertificateSigner } from '@cssi/pki';
import type { CallContext, OperationHandler } from '@cssi/security-service-api';
import {
  fromBase64,
  isAccepted,
  sm3,
  toBase64,
  toHex,
  type Verdict,
  type VerdictReason,
} from '@cssi/sm-core';
import { SEAL_ERRORS } from './errors.ts';
import { drawRoundSeal } from './round-seal.ts';
import type {
  SealMakeOperation,
  SealOfdSignOperation,
  SealOfdVerifyOperation,
} from './spec/v1/operation-types.ts';
import { decodeSealOrder } from './spec/v1/seal-order.ts';
import type { SealService } from './spec/v1/service.ts';
import type { OfdSignatureVerdict } from './spec/v1/verdicts.ts';

/** What {@link createSealHandlers} works with. @group Operations */
export interface SealHandlerDeps {
  readonly service: SealService;
  /** The signer of a tenant's key. Rejects with a coded error when there is none. */
  readonly signerFor: (tenantId: string, keyId: string) => Promise<CertificateSigner>;
  /** Trusted certificates for signers, and for makers unless `makerAnchors` is given. */
  readonly anchors: readonly Certificate[];
  readonly makerAnchors?: readonly Certificate[];
  readonly intermediates?: readonly Certificate[];
  /** Extended key usage that makers must have. */
  readonly makerExtendedKeyUsage?: string;
  /** Vid of the seals made here (厂商标识); `CSSI` when left out. */
  readonly vendorId?: string;
}

/** Handlers of {@link SEAL_OPERATIONS}. @group Operations */
export interface SealHandlers {
  readonly 'seal.make': OperationHandler<SealMakeOperation>;
  readonly 'seal.ofd.sign': OperationHandler<SealOfdSignOperation>;
  readonly 'seal.ofd.verify': OperationHandler<SealOfdVerifyOperation>;
}

function tenantOf(context: CallContext): string {
  const tenantId = context.principal?.tenantId;
  if (tenantId === undefined || tenantId === null) throw SEAL_ERRORS.create('ERR_SEAL_TENANT_REQUIRED');
  return tenantId;
}

/** A time of the contract. The pattern lets days pass that no calendar has. @throws SmError ERR_SEAL_PARAMETER */
function timeOf(text: string, name: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || time.toISOString() !== text) {
    throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: `parameter=${name}` });
  }
  return time;
}

/** Text out of a document, fit for an answer: bounded and without control characters. */
function tidy(text: string, max: number): string {
  let out = '';
  for (const character of text) {
    // Cc: control characters; Cs: halves of pairs that stand alone.
    const safe = /[\p{Cc}\p{Cs}\u2028\u2029]/u.test(character) ? '\ufffd' : character;
    if (out.length + safe.length > max) break;
    out += safe;
  }
  return out;
}

const reasonsOf = (reasons: readonly VerdictReason[]) =>
  reasons.map(({ code, en, zh }) => ({ code: tidy(code, 64), en: tidy(en, 600), zh: tidy(zh, 600) }));

function aspectsOf(verdict: Verdict) {
  const aspect = (name: keyof Verdict) => ({
    status: verdict[name].status,
    reasons: reasonsOf(verdict[name].reasons),
  });
  return {
    accepted: isAccepted(verdict),
    integrity: aspect('integrity'),
    trust: aspect('trust'),
    time: aspect('time'),
  };
}

function signatureOf(found: OfdSignatureVerdict) {
  const { seal } = found;
  return {
    ...aspectsOf(found.verdict),
    id: tidy(found.id, 64),
    path: tidy(found.path, 512),
    signedAt: found.timeInfo.toISOString(),
    signer: tidy(found.signer, 256),
    signerFingerprint: found.signerFingerprint,
    seal: {
      esId: tidy(seal.esId, 256),
      name: tidy(seal.name, 256),
      type: seal.type,
      validFrom: seal.validStart.toISOString(),
      validTo: seal.validEnd.toISOString(),
      makerFingerprint: seal.makerFingerprint,
    },
    steps: found.steps.map(({ id, clause, status, reasons }) => ({
      id,
      clause,
      status,
      reasons: reasonsOf(reasons),
    })),
  };
}

/**
 * Handlers of the seal operations. Keys are those of the caller's tenant; the time
 * and the trust anchors are the server's, never the caller's.
 *
 * @group Operations
 */
export function createSealHandlers(deps: SealHandlerDeps): SealHandlers {
  const { service, signerFor } = deps;
  return {
    'seal.make': async (params, context) => {
      const tenantId = tenantOf(context);
      context.note({ object: `seal/${params.esId}`, detail: { keyId: params.keyId } });
      const signer = await signerFor(tenantId, params.keyId);
      const seal = await service.makeSeal(
        {
          esId: params.esId,
          name: params.name,
          type: params.type,
          picture: drawRoundSeal({ name: params.name }),
          signerCertificates: params.signerCertificates.map(fromBase64),
          vid: deps.vendorId ?? 'CSSI',
          createDate: context.time,
          validStart: timeOf(params.validFrom, 'validFrom'),
          validEnd: timeOf(params.validTo, 'validTo'),
        },
        { certificate: fromBase64(params.certificate), signer },
      );
      const digest = toHex(sm3(seal));
      context.note({ detail: { sealDigest: digest } });
      return { seal: toBase64(seal), digest };
    },

    'seal.ofd.sign': async (params, context) => {
      const tenantId = tenantOf(context);
      const order = decodeSealOrder(context.body);
      if (order === undefined) throw SEAL_ERRORS.create('ERR_SEAL_PARAMETER', { detail: 'parameter=body' });
      context.note({
        object: 'ofd',
        detail: { keyId: params.keyId, sealDigest: toHex(sm3(order.seal)), page: params.page },
      });
      const signer = await signerFor(tenantId, params.keyId);
      const { x, y, width, height } = params;
      const sealed = await service.sealOfd({
        ...order,
        signer: { certificate: fromBase64(params.certificate), signer },
        page: params.page,
        boundary: { x, y, width, height },
        time: context.time,
      });
      context.note({ detail: { documentDigest: toHex(sm3(sealed)) } });
      return sealed;
    },

    'seal.ofd.verify': async (_params, context) => {
      const { anchors, makerAnchors, intermediates, makerExtendedKeyUsage } = deps;
      const result = await service.verifyOfd(context.body, {
        time: context.time,
        anchors,
        ...(makerAnchors === undefined ? {} : { makerAnchors }),
        ...(intermediates === undefined ? {} : { intermediates }),
        ...(makerExtendedKeyUsage === undefined ? {} : { makerExtendedKeyUsage }),
      });
      const answer = { ...aspectsOf(result.verdict), signatures: result.signatures.map(signatureOf) };
      context.note({
        object: 'ofd',
        detail: { documentDigest: toHex(sm3(context.body)), accepted: String(answer.accepted) },
      });
      return answer;
    },
  };
}
