import { expectBytes, expectCode, expectTrue } from '@cssi/sm-core/conformance';
import type { KeyAlgorithm, KeyUsage } from '../spec/v1/algorithms.ts';
import {
  addKey,
  expectUnusable,
  freshKey,
  freshTenantId,
  type KmsCase,
  must,
  UNKNOWN_KEY_ID,
} from './fixtures.ts';

const DESCRIPTION_MEMBERS = new Set(
  (
    'tenantId keyId version algorithm usage state label createdAt versionCreatedAt rotationMonths ' +
    'rotationDue randomProvider randomHealth reservedUses publicKey'
  ).split(' '),
);

/** Making and finding keys. */
export const keyCases: readonly KmsCase[] = [
  must('kms.create.describes-what-was-asked', 'T/TCCIA 0002-2022 §5.3b', async (kms) => {
    const { reference, key } = await freshKey(kms, 'SM2', 'sign');
    expectTrue(key.algorithm === 'SM2' && key.usage.join() === 'sign', 'algorithm or usage is another one');
    expectTrue(key.version === 1 && key.state === 'enabled', 'a new key is version 1 and enabled');
    expectTrue(key.randomProvider.length > 0 && key.randomHealth.length > 0, 'random source not recorded');
    const again = await kms.describeKey(reference);
    expectBytes(again.publicKey, key.publicKey ?? new Uint8Array(0), 'public key of describeKey');
  }),
  must('kms.create.describes-no-secret', 'T/TCCIA 0002-2022 §7.2a', async (kms) => {
    for (const [algorithm, usage] of [
      ['SM2', 'sign'],
      ['SM4', 'encrypt'],
    ] as const) {
      const { key } = await freshKey(kms, algorithm, usage);
      const extra = Object.keys(key).filter((name) => !DESCRIPTION_MEMBERS.has(name));
      expectTrue(extra.length === 0, `a description has more members than the interface: ${extra.join()}`);
      expectTrue((key.publicKey === undefined) === (algorithm === 'SM4'), 'only SM2 has a public key');
    }
  }),
  must('kms.create.refuses-other-algorithms', 'T/TCCIA 0002-2022 §7.3, §7.4', async (kms) => {
    const tenantId = freshTenantId();
    await kms.createTenant({ tenantId });
    for (const name of ['AES', 'RSA', 'ECDSA', 'DES', 'sm4', 'SM4-ECB', '', '__proto__']) {
      const algorithm = name as KeyAlgorithm;
      await expectCode(
        () => kms.createKey({ tenantId, algorithm, usage: ['encrypt'], label: '' }),
        ['ERR_KMS_ALGORITHM_UNSUPPORTED'],
        `algorithm ${name}`,
      );
    }
  }),
  must('kms.create.refuses-other-usages', 'T/TCCIA 0002-2022 §7.2d', async (kms) => {
    const tenantId = freshTenantId();
    await kms.createTenant({ tenantId });
    const wrong: readonly (readonly [KeyAlgorithm, readonly string[]])[] = [
      ['SM4', ['sign']],
      ['SM4', ['sign', 'encrypt']],
      ['SM2', ['sign', 'encrypt']],
      ['SM2', ['wrap']],
      ['SM2', []],
    ];
    for (const [algorithm, names] of wrong) {
      await expectCode(
        () => kms.createKey({ tenantId, algorithm, usage: names as KeyUsage[], label: '' }),
        ['ERR_KMS_ALGORITHM_UNSUPPORTED', 'ERR_KMS_PARAMETER_INVALID'],
        `${algorithm} for ${names.join('+') || 'nothing'}`,
      );
    }
  }),
  must('kms.create.refuses-bad-parameters', 'T/TCCIA 0002-2022 §7.2e', async (kms) => {
    const tenantId = freshTenantId();
    await kms.createTenant({ tenantId, maxRotationMonths: 6 });
    const base = { tenantId, algorithm: 'SM4', usage: ['encrypt'], label: '' } as const;
    const codes = ['ERR_KMS_PARAMETER_INVALID'];
    await expectCode(() => kms.createKey({ ...base, label: 'x'.repeat(129) }), codes, 'long label');
    await expectCode(() => kms.createKey({ ...base, label: 'a\u0000b' }), codes, 'control character');
    await expectCode(() => kms.createKey({ ...base, rotationMonths: 19 }), codes, '19 months');
    await expectCode(
      () => kms.createKey({ ...base, rotationMonths: 7 }),
      codes,
      'longer than the tenant has',
    );
    await expectCode(() => kms.createKey({ ...base, rotationMonths: 0 }), codes, '0 months');
    await expectCode(() => kms.createKey({ ...base, tenantId: '../x' }), codes, 'tenant id');
    const key = await kms.createKey(base);
    expectTrue(key.rotationMonths === 6, "the tenant's period is the default");
  }),
  must('kms.create.refuses-unknown-tenant', 'T/TCCIA 0002-2022 §6.6d', async (kms) => {
    const tenantId = freshTenantId();
    await expectCode(
      () => kms.createKey({ tenantId, algorithm: 'SM4', usage: ['encrypt'], label: '' }),
      ['ERR_KMS_NOT_FOUND'],
      'createKey',
    );
    await expectCode(() => kms.listKeys({ tenantId }), ['ERR_KMS_NOT_FOUND'], 'listKeys');
  }),
  must('kms.tenant.refuses-a-second-one', 'T/TCCIA 0002-2022 §6.6d', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const { tenantId } = reference;
    const { ciphertext } = await kms.encrypt({ ...reference, plaintext: new Uint8Array(3) });
    await expectCode(() => kms.createTenant({ tenantId }), ['ERR_KMS_TENANT_EXISTS'], 'createTenant');
    const { plaintext } = await kms.decrypt({ ...reference, ciphertext });
    expectBytes(plaintext, new Uint8Array(3), 'plaintext after the refused call');
  }),
  must('kms.tenant.refuses-bad-ids', 'T/TCCIA 0002-2022 §6.6d', async (kms) => {
    for (const tenantId of ['', '.a', 'a b', 'a/b', 'x'.repeat(65), 'ä', 7, null] as string[]) {
      await expectCode(() => kms.createTenant({ tenantId }), ['ERR_KMS_PARAMETER_INVALID'], 'tenant id');
    }
  }),
  must('kms.tenant.other-keys-look-unknown', 'T/TCCIA 0002-2022 §5.3a, §6.6d', async (kms, context) => {
    const message = context.bytes('message', 8);
    const signing = await freshKey(kms, 'SM2', 'sign');
    const cipher = await addKey(kms, signing.reference.tenantId, 'SM4', 'encrypt');
    const { signature } = await kms.sign({ ...signing.reference, message });
    const { ciphertext } = await kms.encrypt({ ...cipher.reference, plaintext: message });
    const other = await freshKey(kms, 'SM4', 'encrypt');
    const { tenantId } = other.reference;
    const codes = ['ERR_KMS_NOT_FOUND'];
    const stolen = { tenantId, keyId: signing.key.keyId };
    await expectUnusable(kms, stolen, { signature, ciphertext }, codes, 'signing key of another tenant');
    await expectUnusable(kms, { tenantId, keyId: cipher.key.keyId }, { ciphertext }, codes, 'cipher key');
    for (const call of [
      kms.describeKey,
      kms.getPublicKey,
      kms.rotateKey,
      kms.disableKey,
      kms.enableKey,
      kms.destroyKey,
    ]) {
      const foreign = await expectCode(() => call(stolen), codes, call.name);
      const unknown = await expectCode(() => call({ tenantId, keyId: UNKNOWN_KEY_ID }), codes, call.name);
      expectTrue(foreign.message === unknown.message, 'the answers differ for foreign and unknown keys');
    }
  }),
  must('kms.list.shows-own-keys-once', 'T/TCCIA 0002-2022 §6.6d', async (kms) => {
    const first = await freshKey(kms, 'SM4', 'encrypt');
    const { tenantId } = first.reference;
    const made = [first.key.keyId];
    for (let i = 0; i < 4; i++) made.push((await addKey(kms, tenantId, 'SM4', 'encrypt')).key.keyId);
    await freshKey(kms, 'SM4', 'encrypt');
    const seen: string[] = [];
    let afterKeyId: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await kms.listKeys({
        tenantId,
        limit: 2,
        ...(afterKeyId === undefined ? {} : { afterKeyId }),
      });
      expectTrue(page.keys.length <= 2, 'a page is longer than asked for');
      seen.push(...page.keys.map((key) => key.keyId));
      afterKeyId = page.next;
      if (afterKeyId === undefined) break;
    }
    expectTrue(seen.join() === [...made].sort().join(), 'the pages do not hold the keys once and in order');
  }),
  must('kms.list.refuses-unbounded-pages', 'T/TCCIA 0002-2022 §6.6d', async (kms) => {
    const { reference } = await freshKey(kms, 'SM4', 'encrypt');
    const { tenantId } = reference;
    const codes = ['ERR_KMS_PARAMETER_INVALID'];
    for (const limit of [0, -1, 1.5, 501, Number.NaN, '5' as unknown as number]) {
      await expectCode(() => kms.listKeys({ tenantId, limit }), codes, `limit ${limit}`);
    }
    await expectCode(() => kms.listKeys({ tenantId, afterKeyId: '%' }), codes, 'bad last key');
  }),
  must('kms.input.never-a-bare-type-error', 'house rule', async (kms) => {
    const { reference } = await freshKey(kms, 'SM2', 'sign');
    const wrong = 'text' as unknown as Uint8Array;
    await expectCode(() => kms.sign({ ...reference, message: wrong }), [], 'sign text');
    await expectCode(() => kms.sign({ ...reference } as never), [], 'sign nothing');
    await expectCode(
      () => kms.sign({ ...reference, message: wrong, digest: wrong } as never),
      [],
      'sign two',
    );
    await expectCode(() => kms.sign({ ...reference, digest: new Uint8Array(31) }), [], 'short digest');
    await expectCode(() => kms.describeKey({ ...reference, keyId: 5 as unknown as string }), [], 'number');
    await expectCode(
      () => kms.describeKey({ ...reference, keyId: "'; drop" }),
      ['ERR_KMS_NOT_FOUND'],
      'text',
    );
  }),
];
