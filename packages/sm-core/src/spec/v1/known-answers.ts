/**
 * Worked examples that the standards print, as hex. The self-test and the
 * conformance suite use the same ones.
 */

/** SM3 of `abc`. @standard GB/T 32905-2016 §A.1 */
export const KAT_SM3_ABC = {
  message: '616263',
  digest: '66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0',
} as const;

/** SM3 of `abcd` sixteen times. @standard GB/T 32905-2016 §A.2 */
export const KAT_SM3_ABCD16 = {
  message:
    '61626364616263646162636461626364616263646162636461626364616263646162636461626364616263646162636461626364616263646162636461626364',
  digest: 'debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732',
} as const;

/** SM3 of no bytes: not printed in the standard, agreed by every implementation we compared. */
export const KAT_SM3_EMPTY = {
  message: '',
  digest: '1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b',
} as const;

/** HMAC-SM3. @standard GM/T 0042-2015 §D.3 */
export const KAT_HMAC_SM3 = {
  key: '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20',
  message:
    '6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071' +
    '6162636462636465636465666465666765666768666768696768696a68696a6b696a6b6c6a6b6c6d6b6c6d6e6c6d6e6f6d6e6f706e6f7071',
  tag: 'ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a',
} as const;

/** SM4, one block. @standard GB/T 32907-2016 §A.1 */
export const KAT_SM4_BLOCK = {
  key: '0123456789abcdeffedcba9876543210',
  plaintext: '0123456789abcdeffedcba9876543210',
  ciphertext: '681edf34d206965e86b3e94f536e4246',
} as const;

/** SM4 one million times over the same block. @standard GB/T 32907-2016 §A.2 */
export const KAT_SM4_MILLION = {
  key: '0123456789abcdeffedcba9876543210',
  plaintext: '0123456789abcdeffedcba9876543210',
  iterations: 1_000_000,
  ciphertext: '595298c7c6fd271f0402f804c33d3f66',
} as const;

/** SM4-CBC without padding (draft-ribose-cfrg-sm4-10 §A.2.2.1). */
export const KAT_SM4_CBC = {
  key: '0123456789abcdeffedcba9876543210',
  iv: '000102030405060708090a0b0c0d0e0f',
  plaintext: 'aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffffaaaaaaaabbbbbbbb',
  ciphertext: '78ebb11cc40b0a48312aaeb2040244cb4cb7016951909226979b0d15dc6a8f6d',
} as const;

/** SM4-CTR (draft-ribose-cfrg-sm4-10 §A.2.5.1). */
export const KAT_SM4_CTR = {
  key: '0123456789abcdeffedcba9876543210',
  counter: '000102030405060708090a0b0c0d0e0f',
  plaintext:
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd' +
    'eeeeeeeeeeeeeeeeffffffffffffffffaaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb',
  ciphertext:
    'ac3236cb970cc20791364c395a1342d1a3cbc1878c6f30cd074cce385cdd70c7' +
    'f234bc0e24c11980fd1286310ce37b926e02fcd0faa0baf38b2933851d824514',
} as const;

/** SM4-GCM (RFC 8998 §A.1). */
export const KAT_SM4_GCM = {
  key: '0123456789abcdeffedcba9876543210',
  nonce: '00001234567800000000abcd',
  associatedData: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plaintext:
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd' +
    'eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa',
  ciphertext:
    '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735' +
    'd82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d',
  tag: '83de3541e4c2b58177e065a9bf7b62ec',
} as const;

/** SM2 key pair and signature. @standard GB/T 32918.5-2017 §A.2 */
export const KAT_SM2_SIGN = {
  d: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
  publicKey:
    '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
    'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  id: '31323334353637383132333435363738',
  message: '6d65737361676520646967657374',
  z: 'b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3',
  e: 'f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640',
  k: '59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21',
  r: 'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3',
  s: 'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
} as const;

/** SM2 encryption under the same key. @standard GB/T 32918.5-2017 §C.2 */
export const KAT_SM2_ENCRYPT = {
  d: KAT_SM2_SIGN.d,
  publicKey: KAT_SM2_SIGN.publicKey,
  message: '656e6372797074696f6e207374616e64617264',
  k: KAT_SM2_SIGN.k,
  c1:
    '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73' +
    'e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0',
  c3: '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766',
  c2: '21886ca989ca9c7d58087307ca93092d651efa',
} as const;

/** [k]P_B of the encryption example: the point whose coordinates go into the KDF. @standard GB/T 32918.5-2017 §C.2 */
export const KAT_SM2_MULTIPLY = {
  k: KAT_SM2_SIGN.k,
  point: KAT_SM2_SIGN.publicKey,
  product:
    '04335e18d751e51f040e27d468138b7ab1dc86ad7f981d7d416222fd6ab3ed230d' +
    'ab743ebcfb22d64f7b6ab791f70658f25b48fa93e54064fdbfbed3f0bd847ac9',
} as const;

/** SM2 key exchange, both sides; `point` is U and V. @standard GB/T 32918.5-2017 §B.2 */
export const KAT_SM2_EXCHANGE = {
  dA: '81eb26e941bb5af16df116495f90695272ae2cd63d6c4ae1678418be48230029',
  publicKeyA:
    '04160e12897df4edb61dd812feb96748fbd3ccf4ffe26aa6f6db9540af49c94232' +
    '4a7dad08bb9a459531694beb20aa489d6649975e1bfcf8c4741b78b4b223007f',
  rA: 'd4de15474db74d06491c440d305e012400990f3e390c7e87153c12db2ea60bb3',
  ephemeralA:
    '0464ced1bdbc99d590049b434d0fd73428cf608a5db8fe5ce07f15026940bae40e' +
    '376629c7ab21e7db260922499ddb118f07ce8eaae3e7720afef6a5cc062070c0',
  dB: '785129917d45a9ea5437a59356b82338eaadda6ceb199088f14ae10defa229b5',
  publicKeyB:
    '046ae848c57c53c7b1b5fa99eb2286af078ba64c64591b8b566f7357d576f16dfb' +
    'ee489d771621a27b36c5c7992062e9cd09a9264386f3fbea54dff69305621c4d',
  rB: '7e07124814b309489125eaed101113164ebf0f3458c5bd88335c1f9d596243d6',
  ephemeralB:
    '04acc27688a6f7b706098bc91ff3ad1bff7dc2802cdb14ccccdb0a90471f9bd707' +
    '2fedac0494b2ffc4d6853876c79b8f301c6573ad0aa50f39fc87181e1a1b46fe',
  point:
    '04c558b44bee5301d9f52b44d939bb59584d75b9034dd6a9fc826872109a65739f' +
    '3252b35b191d8ae01cd122c025204334c5eacf68a0cb4854c6a7d367ecad4de7',
} as const;

/** Compressed point of the signature example, and an x for which the curve has no point. @standard GB/T 32918.1-2016 §4.2.9 */
export const KAT_SM2_DECOMPRESS = {
  compressed: '0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020',
  publicKey: KAT_SM2_SIGN.publicKey,
  noPoint: '020000000000000000000000000000000000000000000000000000000000000002',
} as const;

/** ZUC-128, the third test set: two words of key stream. @standard GB/T 33133.1-2016 Annex A */
export const KAT_ZUC = {
  key: '3d4c4be96a82fdaeb58f641db17b455b',
  iv: '84319aa8de6915ca1f6bda6bfbd8c766',
  words: ['14f1c272', '3279c419'],
} as const;
