import {
  encodeSealOrder,
  sealMakeOperation,
  sealOfdSignOperation,
  sealOfdVerifyOperation,
  writeTextOfd,
} from '@cssi/seal';
import type { ResultOf, ServiceClient } from '@cssi/security-service-api';
import { fromBase64, toBase64 } from '@cssi/sm-core';
import { certifiedKey } from './people.ts';

/** A key of the service with its certificate. */
export type Certified = Awaited<ReturnType<typeof certifiedKey>>;

const DAY = 86_400_000;
export const STAMP = { page: 1, x: 100, y: 200, width: 40, height: 40 };

/** A seal that `maker` makes for `signer`. */
export async function sealBy(
  client: ServiceClient,
  maker: Certified,
  signer: Certified,
  now: Date,
): Promise<Uint8Array> {
  const { seal } = await client.call(sealMakeOperation, {
    esId: '11010000000001',
    name: '测试专用章',
    type: 1,
    keyId: maker.keyId,
    certificate: toBase64(maker.certificate),
    signerCertificates: [toBase64(signer.certificate)],
    validFrom: new Date(now.getTime() - 60_000).toISOString(),
    validTo: new Date(now.getTime() + 30 * DAY).toISOString(),
  });
  return fromBase64(seal);
}

/** A short document with a seal on it. */
export async function sealedDocument(client: ServiceClient, seal: Uint8Array, signer: Certified, now: Date) {
  const ofd = writeTextOfd({ title: '测试', lines: ['第一行'], created: now });
  return client.call(
    sealOfdSignOperation,
    { keyId: signer.keyId, certificate: toBase64(signer.certificate), ...STAMP },
    encodeSealOrder({ seal, ofd }),
  );
}

/** What the service says of a document. */
export const judge = (
  client: ServiceClient,
  ofd: Uint8Array,
): Promise<ResultOf<typeof sealOfdVerifyOperation>> => client.call(sealOfdVerifyOperation, {}, ofd);

export { certifiedKey };
