import {
  Base64,
  defineOperation,
  Hex,
  Members,
  type Operation,
  Text,
  Timestamp,
  Whole,
} from '@cssi/security-service-api';
import { MAX_CHUNKS, MAX_FILES, MAX_HEADER_BYTES, MAX_MISSING } from './constants.ts';
import { MAX_RECEIPT_BYTES } from './receipt.ts';
import { List, type ListSchema, type ObjectSchema, type TextSchema, type WholeSchema } from './schemas.ts';

/** Right to offer packages; of tenant users. */
export const PUBLISH_PERMISSION = 'model.publish';
/** Right to fetch packages; of devices. */
export const FETCH_PERMISSION = 'model.fetch';
/** Right to see which packages there are for the caller. */
export const LIST_PERMISSION = 'model.list';

/** Most packages of one page. */
const MAX_LISTED = 100;
/** Most receipts of one page. */
export const MAX_LISTED_RECEIPTS = 32;

const packageId = Hex(32, 'Package: SM3 of its manifest');
const chunkIndex = Whole(0, MAX_CHUNKS - 1, 'Number of the chunk in the package');
const chunkTotal = Whole(1, MAX_CHUNKS, 'Number of chunks of the package');
const version = Whole(1, Number.MAX_SAFE_INTEGER, 'Version of the model');
const byPackage: ObjectSchema<{ packageId: TextSchema }> = Members({ packageId });
const nothing: ObjectSchema<Record<never, never>> = Members({});

const manifestErrors = [
  'ERR_MODEL_CBOR_MALFORMED',
  'ERR_MODEL_MANIFEST_INVALID',
  'ERR_MODEL_SUITE_UNSUPPORTED',
  'ERR_MODEL_NAME_UNSAFE',
  'ERR_MODEL_LIMIT',
];
const storeErrors = ['ERR_MODEL_PACKAGE_UNKNOWN', 'ERR_MODEL_STORE_UNAVAILABLE'];
const fetchErrors = [...storeErrors, 'ERR_MODEL_SIGNING_MODE', 'ERR_MODEL_EXPIRED'];

/** Opens an upload. */
export const modelOfferOperation: Operation<
  'model.offer',
  ObjectSchema<{ header: TextSchema }>,
  ObjectSchema<{ packageId: TextSchema; chunks: WholeSchema; missing: ListSchema<WholeSchema> }>,
  'json'
> = defineOperation({
  name: 'model.offer',
  permission: PUBLISH_PERMISSION,
  request: Members({
    header: Base64(
      { minBytes: 1, maxBytes: MAX_HEADER_BYTES },
      'Signed header: manifest, signature, certificates',
    ),
  }),
  response: Members({
    packageId,
    chunks: chunkTotal,
    missing: List(chunkIndex, MAX_MISSING, 'Chunks that are still to be uploaded; more may follow these'),
  }),
  summary: 'Offers a package: the service checks its publisher and opens an upload, or finds the open one.',
  summaryZh: '提交模型包：服务校验发布者并开始上传，或返回未完成的上传。',
  clause: 'EDGE-035, EDGE-036',
  errors: [
    ...manifestErrors,
    'ERR_PKI_CERTIFICATE_MALFORMED',
    'ERR_SM2_SIGNATURE_MALFORMED',
    'ERR_MODEL_PUBLISHER_UNTRUSTED',
    'ERR_MODEL_PUBLISHER_MISMATCH',
    'ERR_MODEL_SIGNATURE_WRONG',
    'ERR_MODEL_EXPIRED',
    'ERR_MODEL_NOT_YET_VALID',
    'ERR_MODEL_LEVEL_UNSUPPORTED',
    'ERR_MODEL_PACKAGE_EXISTS',
    'ERR_MODEL_QUOTA',
    'ERR_MODEL_STORE_UNAVAILABLE',
  ],
});

/** Uploads one chunk. */
export const modelOfferChunkOperation: Operation<
  'model.offer.chunk',
  ObjectSchema<{ packageId: TextSchema; index: WholeSchema }>,
  ObjectSchema<{ packageId: TextSchema; index: WholeSchema }>,
  'stream-in'
> = defineOperation({
  name: 'model.offer.chunk',
  body: 'stream-in',
  permission: PUBLISH_PERMISSION,
  request: Members({ packageId, index: chunkIndex }),
  response: Members({ packageId, index: chunkIndex }),
  summary: 'Uploads one encrypted chunk, in any order.',
  summaryZh: '以任意顺序上传一个加密分块。',
  clause: 'EDGE-036',
  errors: [...storeErrors, 'ERR_MODEL_CHUNK_UNKNOWN', 'ERR_MODEL_CHUNK_WRONG'],
});

/** Ends an upload. */
export const modelOfferCommitOperation: Operation<
  'model.offer.commit',
  ObjectSchema<{ packageId: TextSchema }>,
  ObjectSchema<{ packageId: TextSchema; chunks: WholeSchema; committedAt: TextSchema }>,
  'json'
> = defineOperation({
  name: 'model.offer.commit',
  permission: PUBLISH_PERMISSION,
  request: byPackage,
  response: Members({
    packageId,
    chunks: chunkTotal,
    committedAt: Timestamp('When the package became visible'),
  }),
  summary:
    'Checks every chunk against the signed Merkle tree and makes the package visible to its recipients.',
  summaryZh: '按已签名的默克尔树校验全部分块，并使模型包对接收方可见。',
  clause: 'EDGE-018, EDGE-034',
  errors: [...storeErrors, 'ERR_MODEL_UPLOAD_INCOMPLETE', 'ERR_MODEL_TREE_WRONG'],
});

type Summary = ObjectSchema<{
  packageId: TextSchema;
  modelId: TextSchema;
  publisherId: TextSchema;
  channel: TextSchema;
  epoch: WholeSchema;
  version: WholeSchema;
  level: TextSchema;
  link: TextSchema;
  payloadClass: TextSchema;
  created: TextSchema;
  expires: TextSchema;
  files: WholeSchema;
  chunks: WholeSchema;
}>;

const packageSummary: Summary = Members({
  packageId,
  modelId: Text(128, 'Model'),
  publisherId: Text(64, 'Publisher'),
  channel: Text(32, 'Channel'),
  epoch: Whole(1, Number.MAX_SAFE_INTEGER, 'Epoch of the version count'),
  version,
  level: Text(2, 'Protection level (防护等级)'),
  link: Text(16, 'Link type (链路类型)'),
  payloadClass: Text(32, 'Class of payload (数据类别)'),
  created: Timestamp('When the package was made'),
  expires: Timestamp('When the package expires'),
  files: Whole(1, MAX_FILES, 'Number of files'),
  chunks: chunkTotal,
});

/** Packages for the caller. */
export const modelListOperation: Operation<
  'model.list',
  ObjectSchema<{ after: TextSchema; limit: WholeSchema }>,
  ObjectSchema<{ packages: ListSchema<Summary> }>,
  'json'
> = defineOperation({
  name: 'model.list',
  permission: LIST_PERMISSION,
  request: Members({
    after: Text(64, 'Last package of the page before, or empty', 0),
    limit: Whole(1, MAX_LISTED, 'Most packages wanted'),
  }),
  response: Members({ packages: List(packageSummary, MAX_LISTED, 'Packages in order of their id') }),
  summary: 'Lists packages: for a device those it is a recipient of, for a user those of the tenant.',
  summaryZh: '列出模型包：设备可见其作为接收方的模型包，用户可见本租户的模型包。',
  clause: 'EDGE-001, EDGE-004',
  errors: ['ERR_MODEL_STORE_UNAVAILABLE'],
});

type FetchOperation<Name extends string, Request extends Operation['request']> = Operation<
  Name,
  Request,
  typeof nothing,
  'stream-out'
>;

/** The signed header of a package. */
export const modelManifestOperation: FetchOperation<'model.manifest', typeof byPackage> = defineOperation({
  name: 'model.manifest',
  body: 'stream-out',
  permission: FETCH_PERMISSION,
  request: byPackage,
  response: nothing,
  summary: 'Gives a recipient the signed header of a package.',
  summaryZh: '向接收方返回模型包的已签名头部。',
  clause: 'EDGE-035',
  errors: fetchErrors,
});

/** The digests of all chunks. */
export const modelLeavesOperation: FetchOperation<'model.leaves', typeof byPackage> = defineOperation({
  name: 'model.leaves',
  body: 'stream-out',
  permission: FETCH_PERMISSION,
  request: byPackage,
  response: nothing,
  summary: 'Gives a recipient the digests of all chunks of a package.',
  summaryZh: '向接收方返回模型包全部分块的杂凑值。',
  clause: 'EDGE-018',
  errors: fetchErrors,
});

/** One chunk. */
export const modelChunkOperation: FetchOperation<
  'model.chunk',
  ObjectSchema<{ packageId: TextSchema; index: WholeSchema }>
> = defineOperation({
  name: 'model.chunk',
  body: 'stream-out',
  permission: FETCH_PERMISSION,
  request: Members({ packageId, index: chunkIndex }),
  response: nothing,
  summary: 'Gives a recipient one encrypted chunk of a package.',
  summaryZh: '向接收方返回模型包的一个加密分块。',
  clause: 'EDGE-036',
  errors: [...fetchErrors, 'ERR_MODEL_CHUNK_UNKNOWN'],
});

/** Hands in a delivery receipt. */
export const modelReceiptOperation: Operation<
  'model.receipt',
  ObjectSchema<{ packageId: TextSchema; receipt: TextSchema }>,
  ObjectSchema<{ packageId: TextSchema; receivedAt: TextSchema }>,
  'json'
> = defineOperation({
  name: 'model.receipt',
  permission: FETCH_PERMISSION,
  request: Members({
    packageId,
    receipt: Base64({ minBytes: 1, maxBytes: MAX_RECEIPT_BYTES }, 'Receipt signed by the device'),
  }),
  response: Members({ packageId, receivedAt: Timestamp('Time that the receipt states') }),
  summary: 'Hands in the signed delivery receipt (交付回执) of a device.',
  summaryZh: '提交设备签名的交付回执。',
  clause: 'EDGE-072',
  errors: [
    ...fetchErrors,
    'ERR_MODEL_RECEIPT_INVALID',
    'ERR_MODEL_CBOR_MALFORMED',
    'ERR_MODEL_MANIFEST_INVALID',
    'ERR_MODEL_SUITE_UNSUPPORTED',
    'ERR_SM2_SIGNATURE_MALFORMED',
  ],
});

/** Receipts of a package. */
export const modelReceiptsOperation: Operation<
  'model.receipts',
  ObjectSchema<{ packageId: TextSchema; after: TextSchema }>,
  ObjectSchema<{ receipts: ListSchema<ObjectSchema<{ device: TextSchema; receipt: TextSchema }>> }>,
  'json'
> = defineOperation({
  name: 'model.receipts',
  permission: PUBLISH_PERMISSION,
  request: Members({ packageId, after: Text(64, 'Last device of the page before, or empty', 0) }),
  response: Members({
    receipts: List(
      Members({
        device: Hex(32, 'SM3 of the device certificate'),
        receipt: Base64({ minBytes: 1, maxBytes: MAX_RECEIPT_BYTES }, 'Receipt signed by the device'),
      }),
      MAX_LISTED_RECEIPTS,
      'Receipts in order of the device',
    ),
  }),
  summary: "Gives the delivery receipts of a package of the caller's tenant.",
  summaryZh: '返回调用者租户的模型包的交付回执。',
  clause: 'EDGE-072',
  errors: storeErrors,
});

/** The operations of this layer by their name. */
export const modelOperations: {
  readonly 'model.offer': typeof modelOfferOperation;
  readonly 'model.offer.chunk': typeof modelOfferChunkOperation;
  readonly 'model.offer.commit': typeof modelOfferCommitOperation;
  readonly 'model.list': typeof modelListOperation;
  readonly 'model.manifest': typeof modelManifestOperation;
  readonly 'model.leaves': typeof modelLeavesOperation;
  readonly 'model.chunk': typeof modelChunkOperation;
  readonly 'model.receipt': typeof modelReceiptOperation;
  readonly 'model.receipts': typeof modelReceiptsOperation;
} = {
  'model.offer': modelOfferOperation,
  'model.offer.chunk': modelOfferChunkOperation,
  'model.offer.commit': modelOfferCommitOperation,
  'model.list': modelListOperation,
  'model.manifest': modelManifestOperation,
  'model.leaves': modelLeavesOperation,
  'model.chunk': modelChunkOperation,
  'model.receipt': modelReceiptOperation,
  'model.receipts': modelReceiptsOperation,
};

/** The operations of this layer as a list. */
export const MODEL_OPERATIONS: readonly Operation[] = Object.values(modelOperations);
