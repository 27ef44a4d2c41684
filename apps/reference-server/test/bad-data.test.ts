import { randomBytes } from 'node:crypto';
import { type MemoryPackage, modelOperations } from '@cssi/model-transfer';
import { encodeSealOrder, sealMakeOperation, sealOfdSignOperation, sealOfdVerifyOperation } from '@cssi/seal';
import { coreOperations } from '@cssi/security-service-api';
import { sm2, toBase64, utf8 } from '@cssi/sm-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { contentOf, lyingZipBomb, zipBomb, zipOf } from './support/documents.ts';
import { offer, smallPackage } from './support/packages.ts';
import { enrolled, type Person } from './support/people.ts';
import { sendBytes } from './support/probe.ts';
import { type Certified, certifiedKey, judge, STAMP, sealBy, sealedDocument } from './support/seals.ts';
import { machineClock } from './support/server.ts';
import { runningWorld } from './support/world.ts';

const world = runningWorld();
const user = () => world.user.client;
const bytes = (length: number): Uint8Array => Uint8Array.from(randomBytes(length));

describe('keys and signatures', () => {
  let signing: { keyId: string; publicKey?: string };
  let cipher: { keyId: string };
  const message = toBase64(utf8('message'));
  beforeAll(async () => {
    const create = coreOperations['key.create'];
    signing = await user().call(create, { algorithm: 'SM2', usage: ['sign'], label: 'a' });
    cipher = await user().call(create, { algorithm: 'SM4', usage: ['encrypt'], label: 'b' });
  });

  it('refuse signatures that are no DER', async () => {
    const right = await user().call(coreOperations.sign, { keyId: signing.keyId, message });
    for (const signature of [
      bytes(70),
      new Uint8Array(8),
      Uint8Array.of(0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0),
      utf8('a signature'),
    ]) {
      const params = { keyId: signing.keyId, message, signature: toBase64(signature) };
      await world.refusedCall(
        (client) => client.call(coreOperations.verify, params),
        'ERR_SM2_SIGNATURE_MALFORMED',
      );
    }
    const params = { keyId: signing.keyId, message, signature: right.signature };
    expect((await user().call(coreOperations.verify, params)).valid).toBe(true);
  });

  it('say of a well-formed signature of somebody else that it is wrong', async () => {
    const signature = toBase64(sm2.signWith(sm2.generateKeyPair(), utf8('message')));
    const params = { keyId: signing.keyId, message, signature };
    expect(await user().call(coreOperations.verify, params)).toEqual({ valid: false });
  });

  it('refuse a use that the key is not for, with a code', async () => {
    await world.refusedCall(
      (client) => client.call(coreOperations.sign, { keyId: cipher.keyId, message }),
      'ERR_KMS_USAGE',
      'ERR_KMS_USAGE_DENIED',
      'ERR_KMS_ALGORITHM',
    );
  });

  it('have one code for every ciphertext that does not open', async () => {
    const aad = toBase64(utf8('order 1'));
    const sealed = await user().call(coreOperations.encrypt, {
      keyId: cipher.keyId,
      plaintext: message,
      aad,
    });
    const flipped = Buffer.from(sealed.ciphertext, 'base64');
    flipped[flipped.length - 1]! ^= 1;
    const attempts = [
      { ciphertext: toBase64(bytes(80)), aad },
      { ciphertext: toBase64(Uint8Array.from(flipped)), aad },
      { ciphertext: toBase64(Uint8Array.from(flipped.subarray(0, 20))), aad },
      { ciphertext: sealed.ciphertext },
      { ciphertext: toBase64(Uint8Array.of(1)), aad },
    ];
    for (const attempt of attempts) {
      const params = { keyId: cipher.keyId, ...attempt };
      await world.refusedCall((client) => client.call(coreOperations.decrypt, params), 'ERR_DECRYPT_FAILED');
    }
  });

  it('certify no key without a proof that the caller has it', async () => {
    const pair = sm2.generateKeyPair();
    for (const publicKey of [pair.publicKey, Uint8Array.from([4, ...bytes(64)])]) {
      const order = { profile: 'seal-maker', commonName: 'x', publicKey: toBase64(publicKey) } as const;
      const params = { ...order, possession: toBase64(sm2.signWith(pair, utf8('another statement'))) };
      await world.refusedCall(
        (client) => client.call(coreOperations['certificate.issue'], params),
        'ERR_API_LOGIN_FAILED',
      );
    }
  });
});

describe('seals and documents', () => {
  let maker: Certified;
  let signer: Certified;
  let seal: Uint8Array;
  let sealed: Uint8Array;
  beforeAll(async () => {
    maker = await certifiedKey(user(), 'seal-maker');
    signer = await certifiedKey(user(), 'seal-signer');
    seal = await sealBy(user(), maker, signer, machineClock());
    sealed = await sealedDocument(user(), seal, signer, machineClock());
  });

  it('are accepted when nothing is wrong [part of SEAL-013]', async () => {
    expect(await judge(user(), sealed)).toMatchObject({ accepted: true, signatures: [{ accepted: true }] });
  });

  it('are not accepted from a maker whose certificate is for something else', async () => {
    const other = await sealBy(user(), signer, signer, machineClock());
    const verdict = await judge(user(), await sealedDocument(user(), other, signer, machineClock()));
    expect(verdict).toMatchObject({ accepted: false, trust: { status: 'failed' } });
    const reasons = verdict.trust.reasons.map(({ code }) => code);
    expect(reasons).toContain('MAKER_CERTIFICATE_NOT_TRUSTED');
  });

  it.each<[string, () => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['random bytes', () => bytes(5000)],
    ['random bytes behind the mark of a ZIP', () => Uint8Array.from([0x50, 0x4b, 3, 4, ...bytes(3000)])],
    ['an empty ZIP', () => Uint8Array.from([0x50, 0x4b, 5, 6, ...new Uint8Array(18)])],
    ['a ZIP bomb', zipBomb],
    ['a ZIP bomb that states another size', lyingZipBomb],
    ['a way out of the package', () => zipOf('../OFD.xml', Buffer.from('<x/>'))],
    ['a document of broken XML', () => zipOf('OFD.xml', Buffer.from('<ofd:OFD><'))],
    [
      'entities that grow',
      () => zipOf('OFD.xml', Buffer.from('<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>')),
    ],
    ['half of a sealed document', () => sealed.slice(0, sealed.length >> 1)],
    ['a sealed document without its end', () => sealed.slice(0, -1)],
  ])('are not verified when the document is %s', async (_what, document) => {
    await world.refusedCall((client) => client.call(sealOfdVerifyOperation, {}, document()));
    expect([...world.seen.keys()].some((code) => code.startsWith('ERR_OFD_'))).toBe(true);
  });

  it('are accepted after a change of a byte only when every part still reads the same', async () => {
    let refused = 0;
    for (let at = 0; at < sealed.length; at += Math.ceil(sealed.length / 40)) {
      const altered = Uint8Array.from(sealed);
      altered[at]! ^= 0x10;
      const verdict = await judge(user(), altered).catch((error: { code: string }) => error.code);
      if (typeof verdict === 'string') expect(verdict, `byte ${at}`).toMatch(/^ERR_(?:OFD|SEAL|SM2|PKI)_/);
      // Dates and versions of the container are under no signature, and nothing reads them.
      else if (verdict.accepted) expect(contentOf(altered), `byte ${at}`).toBe(contentOf(sealed));
      if (typeof verdict === 'string' || !verdict.accepted) refused += 1;
    }
    expect(refused).toBeGreaterThan(20);
  });

  it('are not made with malformed certificates', async () => {
    const now = machineClock().getTime();
    const order = {
      esId: '1',
      name: '章',
      type: 1,
      keyId: maker.keyId,
      validFrom: new Date(now).toISOString(),
      validTo: new Date(now + 1000).toISOString(),
    };
    const pairs = [
      [bytes(400), signer.certificate],
      [maker.certificate, bytes(400)],
      [maker.certificate.slice(0, 100), signer.certificate],
    ] as const;
    for (const [certificate, listed] of pairs) {
      const params = {
        ...order,
        certificate: toBase64(certificate),
        signerCertificates: [toBase64(listed)],
      };
      await world.refusedCall(
        (client) => client.call(sealMakeOperation, params),
        'ERR_PKI_CERTIFICATE_MALFORMED',
      );
    }
  });

  it.each<[string, () => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['a length beyond the end', () => Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3)],
    ['a seal of random bytes', () => encodeSealOrder({ seal: bytes(200), ofd: sealed })],
    ['a document of random bytes', () => encodeSealOrder({ seal, ofd: bytes(200) })],
    [
      'an altered seal',
      () => encodeSealOrder({ seal: seal.map((b, i) => (i === 200 ? b ^ 1 : b)), ofd: sealed }),
    ],
  ])('are not put on a document by an order of %s', async (_what, body) => {
    const params = { keyId: signer.keyId, certificate: toBase64(signer.certificate), ...STAMP };
    await world.refusedCall((client) => client.call(sealOfdSignOperation, params, body()));
  });
});

describe('model packages', () => {
  let device: Person;
  let packed: MemoryPackage;
  const offerOperation = modelOperations['model.offer'];
  beforeAll(async () => {
    device = await enrolled(world.door, world.admins.security, 'edge-1', 'acme', ['device'], 'sm2-sm3');
    packed = await smallPackage(user(), device, machineClock);
  });

  it.each<[string, () => Uint8Array]>([
    ['random bytes', () => bytes(900)],
    ['half a header', () => packed.header.slice(0, packed.header.length >> 1)],
    ['a header and more', () => Uint8Array.from([...packed.header, 0])],
    ['a list without an end', () => Uint8Array.from({ length: 200 }, () => 0x9f)],
    ['a promise of 2^60 members', () => Uint8Array.of(0xbb, 0x10, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['an altered manifest', () => packed.header.map((b, i) => (i === 60 ? b ^ 1 : b))],
  ])('are not taken when the header is %s', (_what, header) =>
    world.refusedCall(
      (client) => client.call(offerOperation, { header: toBase64(header()) }),
      'ERR_MODEL_CBOR_MALFORMED',
      'ERR_MODEL_MANIFEST_INVALID',
      'ERR_MODEL_SIGNATURE_WRONG',
      'ERR_MODEL_LIMIT',
      'ERR_MODEL_SUITE_UNSUPPORTED',
      'ERR_SM2_SIGNATURE_MALFORMED',
      'ERR_PKI_CERTIFICATE_MALFORMED',
    ),
  );

  it('survive an upload that breaks off and chunks that are wrong', async () => {
    const { packageId } = await user().call(offerOperation, { header: toBase64(packed.header) });
    const chunk = modelOperations['model.offer.chunk'];
    const [first] = packed.chunks;
    for (const [index, body] of [
      [0, bytes(100)],
      [0, first!.slice(0, -1)],
      [0, new Uint8Array(0)],
      [1, first!],
      [7, first!],
    ] as const) {
      await world.refusedCall(
        (client) => client.call(chunk, { packageId, index }, body),
        'ERR_MODEL_CHUNK_WRONG',
        'ERR_MODEL_CHUNK_UNKNOWN',
      );
    }
    const commit = modelOperations['model.offer.commit'];
    await world.refusedCall((client) => client.call(commit, { packageId }), 'ERR_MODEL_UPLOAD_INCOMPLETE');

    // A signed upload whose connection ends in the middle of the chunk.
    await user().call(chunk, { packageId, index: 0 }, first!);
    const { path, query, headers } = world.probe.lastRequest!;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${path}?${query} HTTP/1.1`, ...lines, `content-length: ${first!.length}`].join(
      '\r\n',
    );
    const start = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), first!.subarray(0, 1000)]);
    const answer = await sendBytes(world.server.address, world.ca, Uint8Array.from(start), true);
    expect(answer).not.toContain('HTTP/1.1 200');

    expect(await offer(user(), packed)).toBe(packageId);
    const chunks = packed.chunks.map((_, index) =>
      device.client.call(modelOperations['model.chunk'], { packageId, index }),
    );
    expect(await Promise.all(chunks)).toEqual(packed.chunks);
  });
});

describe('the catalogue of errors', () => {
  it('has every code met here, with its number and both texts [TCCIA-117]', async () => {
    const { errors } = await world.admins.auditor.call(coreOperations['errors.list'], {});
    const byCode = new Map(errors.map((row) => [row.code, row]));
    expect(world.seen.size).toBeGreaterThan(12);
    for (const [code, status] of world.seen) expect(byCode.get(code), code).toMatchObject({ code, status });
    expect(byCode.size).toBe(errors.length);
    expect(new Set(errors.map(({ status }) => status)).size).toBe(errors.length);
    for (const { message, messageZh } of errors) {
      expect(message).toMatch(/\w{3,}/);
      expect(messageZh).toMatch(/[\u4e00-\u9fff]/);
    }
  });
});
