import { generateKeyPairSync, sign, constants, webcrypto } from 'node:crypto';
import vm from 'node:vm';
import { Secret, sm2, utf8, randomBytes } from '@cssi/sm-core';
import { it } from 'vitest';
import { createSubtle } from '../src/webcrypto/index.ts';
import { openPkcs12, sealPkcs12, encryptPrivateKey, decryptPrivateKey, encodeSm2PrivateKey, openEnvelopedKey } from '../src/containers/index.ts';
import { readAlgorithm } from '../src/algorithms/index.ts';
import { FindingLog } from '../src/internal/finding-log.ts';
import { verifySignature } from '../src/signature/verify.ts';
import { explicit, integer, NULL, octets, oid, sequence } from '../src/internal/write.ts';
import { derivePbkdf2 } from '../src/containers/pbkdf2.ts';
import { root } from './support/authority.ts';

const code = async (p: () => Promise<unknown>) => { try { const r = await p(); return ['OK', r]; } catch (e: any) { return [e?.code ?? e?.name, e?.detail ?? e?.message, 'cause=', e?.cause?.code, e?.cause?.detail]; } };

it('A non-extractable', async () => {
  const s = createSubtle();
  const key: any = await s.generateKey({ name: 'SM4-CBC' }, false, ['encrypt']);
  console.log('export before', (await code(() => s.exportKey('raw', key)))[0]);
  Object.defineProperty(key, 'extractable', { value: true });
  Object.defineProperty(key, 'usages', { value: ['decrypt', 'encrypt'] });
  console.log('export after', await code(() => s.exportKey('raw', key)));
  console.log('native frozen?', await (async () => { const k: any = await webcrypto.subtle.generateKey({ name: 'AES-CBC', length: 128 }, false, ['encrypt']); Object.defineProperty(k, 'extractable', { value: true }); return code(() => webcrypto.subtle.exportKey('raw', k)); })());
});

it('B pkcs12 unopenable', async () => {
  const r = await root();
  const pair = sm2.generateKeyPair();
  const opts = { prf: 'hmac-sha256', cipher: 'aes128-cbc', macHash: 'sha256', macIterations: 1000 } as const;
  const sixteen = await sealPkcs12({ keys: Array.from({ length: 16 }, () => ({ key: pair })), certificates: [r.certificate.raw] }, 'pw', opts);
  console.log('B 16 keys default iterations:', (await code(() => openPkcs12(sixteen, 'pw'))).slice(0,2));
  const t = Date.now();
  const big = await sealPkcs12({ keys: [{ key: pair }], certificates: [r.certificate.raw] }, 'pw', { ...opts, iterations: 6_000_000 });
  console.log('B 1 key+1 cert 6M iterations:', (await code(() => openPkcs12(big, 'pw'))).slice(0,2), Date.now() - t, 'ms');
  const large = await sealPkcs12({ keys: [], certificates: [new Uint8Array(600_000), new Uint8Array(600_000)] }, 'pw', { ...opts, iterations: 1000 });
  console.log('B large', large.length, (await code(() => openPkcs12(large, 'pw'))).slice(0,2));
  const wrong = await sealPkcs12({ keys: [{ key: Secret.take(encodeSm2PrivateKey(pair)), certificate: r.certificate.raw }] }, 'pw', { ...opts, iterations: 1000 });
  console.log('C secret with foreign cert', (await code(() => openPkcs12(wrong, 'pw'))).slice(0,2));
  const junk = await code(() => sealPkcs12({ keys: [{ key: Secret.take(encodeSm2PrivateKey(pair)), certificate: utf8('junk') }] }, 'pw', { ...opts, iterations: 1000 }));
  console.log('C secret with junk cert', junk[0], (await code(() => openPkcs12(junk[1] as any, 'pw'))).slice(0,2));
  const mixed = { privateKey: pair.privateKey, publicKey: sm2.generateKeyPair().publicKey };
  const enc = await code(() => encryptPrivateKey(mixed, 'pw', { ...opts, iterations: 1000 }));
  console.log('D mismatched pair', enc[0], (await code(() => decryptPrivateKey(enc[1] as any, 'pw'))).slice(0,2));
  const p12m = await code(() => sealPkcs12({ keys: [{ key: mixed }] }, 'pw', { ...opts, iterations: 1000 }));
  console.log('D p12 mismatched pair', p12m[0], (await code(() => openPkcs12(p12m[1] as any, 'pw'))).slice(0,2));
  console.log('UU bytes password', (await code(() => sealPkcs12({ keys: [{ key: pair }] }, Uint8Array.of(0xff, 0xfe), { ...opts, iterations: 1000 }))).slice(0,2));
  for (const bad of [{ keys: [null] }, { keys: [{ key: undefined, certificate: r.certificate.raw }] }, { keys: [{}] }, { keys: [], certificates: [null] }]) console.log('O', (await code(() => sealPkcs12(bad as any, 'pw', { iterations: 1000 }))).slice(0,2));
  console.log('O null options', (await code(() => openPkcs12(large, 'pw', null as any))).slice(0,2), (await code(() => decryptPrivateKey(large, 'pw', null as any))).slice(0,2), (await code(() => openEnvelopedKey(large, null as any))).slice(0, 2));
  console.log('O arrays', (await code(() => sealPkcs12({ keys: new Array(2) } as any, 'pw', { iterations: 1000 }))).slice(0,2));
});

it('E unwrap oracle', async () => {
  const s = createSubtle();
  const { privateKey }: any = await s.generateKey({ name: 'SM2' }, true, ['sign', 'verify']);
  const wrapping: any = await s.generateKey({ name: 'SM4-CTR' }, false, ['wrapKey', 'unwrapKey']);
  const alg = { name: 'SM4-CTR', counter: new Uint8Array(16), length: 64 };
  const w = new Uint8Array(await s.wrapKey('pkcs8', privateKey, wrapping, alg));
  const seen = new Map<string, number[]>();
  for (let i = 0; i < w.length; i++) {
    const c = Uint8Array.from(w); c[i]! ^= 0x41;
    const r = await code(() => s.unwrapKey('pkcs8', c, wrapping, alg, 'SM2', false, ['sign']));
    const k = JSON.stringify(r[0] === 'OK' ? 'OK' : [r[0], r[3], r[4]]); (seen.get(k) ?? seen.set(k, []).get(k)!).push(i);
  }
  for (const [k, v] of seen) console.log('E', k, v.length, v.slice(0, 5));
});

it('G pss', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048, hashAlgorithm: 'sha256', mgf1HashAlgorithm: 'sha256', saltLength: 32 } as any);
  const m = utf8('m');
  const sig = sign('sha256', m, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
  const h = sequence(oid('2.16.840.1.101.3.4.2.1'), NULL);
  const params = sequence(explicit(0, h), explicit(1, sequence(oid('1.2.840.113549.1.1.8'), h)), explicit(2, integer(32)));
  const ref = readAlgorithm({ tag: 0x30, raw: new Uint8Array(), value: new Uint8Array([...oid('1.2.840.113549.1.1.10'), ...params]) }, { where: 'x', expected: ['rsa-pss'], log: new FindingLog() });
  console.log('G pss key', verifySignature(ref, new Uint8Array(publicKey.export({ format: 'der', type: 'spki' })), m, sig));
  const r2 = generateKeyPairSync('rsa', { modulusLength: 2048 });
  console.log('G rsa key', verifySignature(ref, new Uint8Array(r2.publicKey.export({ format: 'der', type: 'spki' })), m, sign('sha256', m, { key: r2.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 })));
  const ec = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  console.log('G secp256k1', verifySignature('ecdsa-sha256', new Uint8Array(ec.publicKey.export({ format: 'der', type: 'spki' })), m, sign('sha256', m, ec.privateKey)));
});

it('I flood', () => {
  const log = new FindingLog();
  for (let i = 0; i < 64; i++) log.note('CRITICAL_FALSE_WRITTEN', `extensions[${i}]`);
  log.note('SIGNATURE_RAW', 'signature');
  console.log('I', log.findings.length, log.findings.some((f) => f.code === 'SIGNATURE_RAW'));
});

it('K verify cost', async () => {
  const s = createSubtle();
  const { privateKey, publicKey }: any = await s.generateKey({ name: 'SM2' }, true, ['sign', 'verify']);
  const m = utf8('x');
  const sig = new Uint8Array(await s.sign('SM2', privateKey, m));
  const raw = new Uint8Array(await s.exportKey('raw', publicKey) as ArrayBuffer);
  for (let i = 0; i < 50; i++) { await s.verify('SM2', publicKey, sig, m); sm2.verify(raw, m, sig); }
  let t = performance.now(); for (let i = 0; i < 200; i++) await s.verify('SM2', publicKey, sig, m); const a = (performance.now() - t) / 200;
  t = performance.now(); for (let i = 0; i < 200; i++) sm2.verify(raw, m, sig); const b = (performance.now() - t) / 200;
  console.log('K webcrypto verify ms', a.toFixed(3), 'sm2.verify', b.toFixed(3), (a / b).toFixed(1));
});

it('L cache', async () => {
  const pair = sm2.generateKeyPair(), other = sm2.generateKeyPair();
  const m = utf8('x');
  const sig = sm2.signWith(pair, m, {}) ; const der = sm2.signWith(pair, m, { format: 'der' } as any);
  const key = Uint8Array.from(pair.publicKey);
  const vk = { publicKeyInfo: new Uint8Array(), keyAlgorithm: 'sm2', sm2PublicKey: key };
  for (let i = 0; i < 20; i++) verifySignature('sm2-sm3', vk, m, der);
  key.set(other.publicKey);
  console.log('L', verifySignature('sm2-sm3', vk, m, der), verifySignature('sm2-sm3', vk, m, sm2.signWith(other, m, { format: 'der' } as any)));
});

it('M webcrypto ignored', async () => {
  const s = createSubtle();
  const k: any = await s.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SM3', length: 8 }, true, ['sign']);
  console.log('M hmac length', k.algorithm);
  console.log('M native hmac length', await code(async () => (await webcrypto.subtle.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256', length: 8 }, true, ['sign'])).algorithm));
  const j: any = await code(() => s.importKey('jwk', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA', alg: 'A128GCM', use: 'sig' }, 'SM4-CBC', true, ['encrypt']));
  console.log('M jwk alg/use', j[0]);
  console.log('M native jwk', await code(() => webcrypto.subtle.importKey('jwk', { kty: 'oct', k: 'AAAAAAAAAAAAAAAAAAAAAA', alg: 'A128GCM', use: 'sig' }, 'AES-CBC', true, ['encrypt'])));
  const pk: any = await s.importKey('raw', utf8('pw'), 'PBKDF2', false, ['deriveKey']);
  const d: any = await s.deriveKey({ name: 'PBKDF2', hash: 'SM3', salt: new Uint8Array(8), iterations: 1 }, pk, { name: 'SM4-CBC', length: 256 }, true, ['encrypt']);
  console.log('M derive 256', d.algorithm);
  console.log('N cross realm', await code(() => s.digest('SM3', vm.runInNewContext('new ArrayBuffer(3)'))));
  console.log('N native cross realm', (await code(() => webcrypto.subtle.digest('SHA-256', vm.runInNewContext('new ArrayBuffer(3)'))))[0]);
  const key: any = await s.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SM3' }, true, ['sign']);
  console.log('sign with extra', await code(() => s.sign({ name: 'HMAC', hash: 'SHA-256' }, key, new Uint8Array(1))).then((x) => x[0]));
  console.log('jwk null', await code(() => s.importKey('jwk', null as any, 'SM4-CBC', true, ['encrypt'])));
});

it('U time', async () => {
  for (const prf of ['hmac-sm3', 'hmac-sha256', 'hmac-sha1', 'hmac-sha512'] as const) {
    let t = performance.now(); await derivePbkdf2(utf8('p'), { prf, salt: randomBytes(8), iterations: 500_000 }, 16); const a = performance.now() - t;
    t = performance.now(); await derivePbkdf2(utf8('p'), { prf, salt: randomBytes(8), iterations: 500_000 }, 64); console.log('U', prf, '10M, 16 bytes:', (a * 20 / 1000).toFixed(1), 's; 64 bytes:', ((performance.now() - t) * 20 / 1000).toFixed(1));
  }
  const b = new Uint8Array(1 << 24);
  let t = performance.now(); Uint8Array.from(b); console.log('from 16MiB', performance.now() - t);
  t = performance.now(); new Uint8Array(b); console.log('new 16MiB', performance.now() - t);
});
