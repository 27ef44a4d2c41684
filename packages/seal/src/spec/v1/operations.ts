import {
  Base64,
  defineOperation,
  Hex,
  KeyIdentifier,
  Members,
  OneOf,
  type Operation,
  Text,
  Timestamp,
  Whole,
} from '@cssi/security-service-api';
import { OFD_MAX_SIGNATURES, SEAL_MAX_BYTES, SEAL_MAX_SIGNERS } from './oids.ts';
import type { SealMakeOperation, SealOfdSignOperation, SealOfdVerifyOperation } from './operation-types.ts';
import { booleanSchema, listSchema } from './schema-parts.ts';

const READ_ERRORS = [
  'ERR_SEAL_MALFORMED',
  'ERR_SEAL_VERSION_UNSUPPORTED',
  'ERR_SEAL_ALGORITHM_UNSUPPORTED',
  'ERR_OFD_ZIP_MALFORMED',
  'ERR_OFD_ZIP_UNSUPPORTED',
  'ERR_OFD_LIMIT',
  'ERR_OFD_PART_NAME',
  'ERR_OFD_XML_MALFORMED',
  'ERR_OFD_STRUCTURE',
  'ERR_OFD_UNSUPPORTED',
  'ERR_INPUT_LENGTH',
  'ERR_PKI_CERTIFICATE_MALFORMED',
];

const certificate = (description: string) => Base64({ minBytes: 1, maxBytes: 1536 }, description);
const millimetres = (description: string, least: number) =>
  Whole(least, 10_000, `${description} in millimetres`);

/** Makes a seal. @group Operations */
export const sealMakeOperation: SealMakeOperation = defineOperation({
  name: 'seal.make',
  permission: 'seal.make',
  request: Members({
    esId: Text(64, 'Seal code (印章标识), printable ASCII without spaces'),
    name: Text(40, 'Name of the seal (印章名称), drawn along its rim'),
    type: Whole(1, 65_535, 'Business-defined type (印章类型)'),
    keyId: KeyIdentifier("Key of the maker (制章人), one of the caller's tenant"),
    certificate: certificate('Certificate of that key, DER'),
    signerCertificates: listSchema(
      certificate('Certificate, DER'),
      1,
      SEAL_MAX_SIGNERS,
      'Certificates that may sign with the seal (签章人证书)',
    ),
    validFrom: Timestamp('Start of the validity of the seal'),
    validTo: Timestamp('End of the validity of the seal'),
  }),
  response: Members({
    seal: Base64({ minBytes: 1, maxBytes: SEAL_MAX_BYTES }, 'Seal (电子印章), DER of SESeal version 4'),
    digest: Hex(32, 'SM3 of the seal'),
  }),
  summary: 'Makes a seal with a round picture and signs it with the key of the maker.',
  summaryZh: '制作电子印章并由制章人密钥签名。',
  clause: 'GB/T 38540-2020 §6.2, TCCIA-025',
  errors: [
    ...READ_ERRORS,
    'ERR_SEAL_PARAMETER',
    'ERR_SEAL_KEY_MISMATCH',
    'ERR_SEAL_NOT_VALID_AT_TIME',
    'ERR_SEAL_TENANT_REQUIRED',
    'ERR_OFD_TEXT',
  ],
});

/** Seals a document. The body is that of `encodeSealOrder`, the answer the sealed package. @group Operations */
export const sealOfdSignOperation: SealOfdSignOperation = defineOperation({
  name: 'seal.ofd.sign',
  permission: 'seal.ofd.sign',
  body: 'stream-both',
  request: Members({
    keyId: KeyIdentifier("Key of the signer (签章人), one of the caller's tenant"),
    certificate: certificate('Certificate of that key, DER; must be listed in the seal'),
    page: Whole(1, 100_000, 'Page number'),
    x: millimetres('Left edge of the stamp', 0),
    y: millimetres('Upper edge of the stamp', 0),
    width: millimetres('Width of the stamp', 1),
    height: millimetres('Height of the stamp', 1),
  }),
  response: Members({}),
  summary: 'Seals an OFD document; the body is the length of the seal in four bytes, the seal, the document.',
  summaryZh: '对 OFD 文档加盖电子印章；请求体为 4 字节印章长度、印章、文档。',
  clause: 'GB/T 38540-2020 §7.2, TCCIA-025',
  errors: [
    ...READ_ERRORS,
    'ERR_SEAL_PARAMETER',
    'ERR_SEAL_KEY_MISMATCH',
    'ERR_SEAL_MAKER_SIGNATURE',
    'ERR_SEAL_SIGNER_NOT_IN_SEAL',
    'ERR_SEAL_NOT_VALID_AT_TIME',
    'ERR_SEAL_TENANT_REQUIRED',
    'ERR_OFD_LOCKED',
    'ERR_OFD_PAGE_UNKNOWN',
  ],
});

const status = OneOf(['passed', 'failed', 'indeterminate'], 'Outcome (验证结论)');
const reasons = listSchema(
  Members({
    code: Text(64, 'Stable code'),
    en: Text(600, 'English text'),
    zh: Text(600, 'Chinese text'),
  }),
  0,
  4096,
  'Reasons (原因)',
);
const aspect = Members({ status, reasons });
const aspects = {
  accepted: booleanSchema('Whether all three aspects passed'),
  integrity: aspect,
  trust: aspect,
  time: aspect,
};

/** Verifies a sealed document. The body is the package. @group Operations */
export const sealOfdVerifyOperation: SealOfdVerifyOperation = defineOperation({
  name: 'seal.ofd.verify',
  permission: 'seal.ofd.verify',
  body: 'stream-in',
  request: Members({}),
  response: Members({
    ...aspects,
    signatures: listSchema(
      Members({
        ...aspects,
        id: Text(64, 'ID in the signature list', 0),
        path: Text(512, 'Part name of the signature'),
        signedAt: Timestamp('Signing time as the signer states it'),
        signer: Text(256, 'Common name of the signer certificate', 0),
        signerFingerprint: Hex(32, 'SM3 of the signer certificate'),
        seal: Members({
          esId: Text(256, 'Seal code', 0),
          name: Text(256, 'Name of the seal', 0),
          type: Whole(0, Number.MAX_SAFE_INTEGER, 'Type of the seal'),
          validFrom: Timestamp('Start of its validity'),
          validTo: Timestamp('End of its validity'),
          makerFingerprint: Hex(32, 'SM3 of the maker certificate'),
        }),
        steps: listSchema(
          Members({ id: Text(64, 'Step'), clause: Text(128, 'Clause'), status, reasons }),
          1,
          64,
          'Steps in clause order (验证步骤)',
        ),
      }),
      1,
      OFD_MAX_SIGNATURES,
      'Signatures in the order of the document',
    ),
  }),
  summary: "Verifies every signature of an OFD document against the server's trust anchors and clock.",
  summaryZh: '以服务器的信任锚和时间验证 OFD 文档的全部签章。',
  clause: 'GB/T 38540-2020 §7.3, SEAL-008, TCCIA-025',
  errors: [...READ_ERRORS, 'ERR_OFD_NOT_SIGNED', 'ERR_SEAL_SIGNATURE_UNSUPPORTED'],
});

/** The operations of this package. @group Operations */
export const SEAL_OPERATIONS: readonly Operation[] = [
  sealMakeOperation,
  sealOfdSignOperation,
  sealOfdVerifyOperation,
];
