export { MODEL_TRANSFER_ERRORS, type ModelTransferErrorCode } from './spec/v1/errors.ts';
