import { fromHex, utf8 } from '@cssi/sm-core';

/** RFC 8998 appendix A.1, SM4-GCM, as ENCRYPT gives it: nonce ‖ ciphertext ‖ tag. */
export const SM4_GCM: Readonly<Record<'key' | 'aad' | 'plaintext' | 'sealed', Uint8Array>> = {
  key: fromHex('0123456789abcdeffedcba9876543210'),
  aad: fromHex('feedfacedeadbeeffeedfacedeadbeefabaddad2'),
  plaintext: fromHex(
    'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd' +
      'eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa',
  ),
  sealed: fromHex(
    '00001234567800000000abcd' +
      '17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735' +
      'd82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d' +
      '83de3541e4c2b58177e065a9bf7b62ec',
  ),
};

export const HMAC_SM3: Readonly<Record<'key' | 'data' | 'mac', Uint8Array>> = {
  key: fromHex('0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'),
  data: utf8('cssi conformance'),
  mac: fromHex('1667fd2368dab4a18f00bf60a419a28f8cb155336e4dc69f6297b32c66e3972b'),
};

const D = '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8';
const P =
  '0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
  'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13';

/** GM/T 0003.5-2012 A.2 (signature) and C.2 (encryption), on the recommended curve. */
export const SM2: Readonly<
  Record<'material' | 'publicKey' | 'digest' | 'signature' | 'plaintext' | 'ciphertext', Uint8Array>
> = {
  material: fromHex(D + P),
  publicKey: fromHex(P),
  digest: fromHex('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640'),
  signature: fromHex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  ),
  plaintext: utf8('encryption standard'),
  ciphertext: fromHex(
    '0404ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73' +
      'e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0' +
      '59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766' +
      '21886ca989ca9c7d58087307ca93092d651efa',
  ),
};

/** A record under each domain key, in the form of `DOMAIN_BLOB`; made outside of any module. */
export const DOMAIN_BLOBS: Readonly<Record<'plaintext' | 'aad' | 'openV1' | 'openV2' | 'named', Uint8Array>> =
  {
    plaintext: utf8('record of conformance'),
    aad: utf8('conformance'),
    openV1: fromHex(
      '4353445001013eaf53e6d1efa5bfc0263d45914f4d7bbf2a9df01342e7477f554ff01714fe7ebc042bbf2160e238f765' +
        '3193786139086f4cca0ce881ba46cf6c4d61c6f37958252cd77900adfaf5c3a48c0e30',
    ),
    openV2: fromHex(
      '4353445001015ddbd2395e4bded309a1d31131823763a44ef506b255ce185695a167a3c80dff2ad6b8046308b54ef02f' +
        'e1cf4116717271962affd2f1e5d481458575dd6cea75e8094cbcb9fcda4f56792691b4',
    ),
    named: fromHex(
      '43534450010123650f4bde5cde2ac62bb9104e6f2ae7ea9d78e061dfbfcf20c62719979221db51624f72be2fb003e66a' +
        'ad030fd06d72f4d454d76a34557c28efb12399a74fa6ea193778736258aad22f71e974',
    ),
  };
