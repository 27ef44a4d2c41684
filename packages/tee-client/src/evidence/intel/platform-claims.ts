import { type JsonValue, toHex } from '@cssi/sm-core';
import type { AttestationClaims, ComponentVersion } from '../../spec/v1/attestation.ts';
import type { QuoteJudgement } from './judge-quote.ts';
import type { PckFacts } from './pck-facts.ts';
import type { IntelQuote } from './quote.ts';

/** What the certificate and the statements say of the platform, as claims. @internal */
export type PlatformClaims = Pick<AttestationClaims, 'device' | 'emulated' | 'versions'> & {
  readonly details: { readonly [name: string]: JsonValue };
};

const allZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

/** The provisioning id, unless the certificate hides it by zeros. */
const deviceOf = (pck: PckFacts | undefined): Uint8Array | undefined =>
  pck === undefined || allZero(pck.ppid) ? undefined : Uint8Array.from(pck.ppid);

const pckDetails = (pck: PckFacts): { readonly [name: string]: JsonValue } => ({
  fmspc: toHex(pck.fmspc),
  pceId: toHex(pck.pceId),
  cpuSvn: toHex(pck.cpuSvn),
  sgxType: pck.sgxType,
  ...(pck.platformInstance === undefined ? {} : { platformInstance: toHex(pck.platformInstance) }),
  ...(pck.smtEnabled === undefined ? {} : { smtEnabled: pck.smtEnabled }),
  ...(pck.dynamicPlatform === undefined ? {} : { dynamicPlatform: pck.dynamicPlatform }),
  ...(pck.cachedKeys === undefined ? {} : { cachedKeys: pck.cachedKeys }),
});

const componentVersions = ({ components, pceSvn }: PckFacts): readonly ComponentVersion[] => [
  { name: 'pce', value: pceSvn },
  ...components.map((value, index) => ({
    name: `sgx-component-${String(index + 1).padStart(2, '0')}`,
    value,
  })),
];

/**
 * Versions: `quoting-enclave`, `pce` and `sgx-component-01` to `-16` (of the PCK certificate), and
 * `tcb-evaluation`, the number of the TCB recovery the statements given are of.
 *
 * @internal
 */
export function platformClaims(
  { signature, userData, qeVendor }: IntelQuote,
  judged: QuoteJudgement,
): PlatformClaims {
  const { pck, tcb } = judged;
  const { qeReport } = signature;
  return {
    device: deviceOf(pck),
    emulated: judged.emulated,
    versions: [
      { name: 'quoting-enclave', value: qeReport.isvSvn },
      ...(pck === undefined ? [] : componentVersions(pck)),
      ...(tcb.evaluationNumber === undefined
        ? []
        : [{ name: 'tcb-evaluation', value: tcb.evaluationNumber }]),
    ],
    details: {
      qeVendor: toHex(qeVendor),
      userData: toHex(userData),
      qeMrSigner: toHex(qeReport.mrSigner),
      qeMrEnclave: toHex(qeReport.mrEnclave),
      ...(pck === undefined ? {} : { pck: pckDetails(pck) }),
      tcbStatus: tcb.status ?? null,
      advisories: [...tcb.advisories],
      ...(tcb.relaunchAdvised ? { relaunchAdvised: true } : {}),
    },
  };
}
