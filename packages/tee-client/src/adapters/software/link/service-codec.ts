import { CHANNEL_LIMITS } from '../../../spec/v1/channel.ts';
import type { ModuleServiceRequest } from '../../../spec/v1/module.ts';
import type { FrameReader, FrameWriter } from './bytes.ts';
import { MAX_BLOCK_BYTES } from './limits.ts';

const SERVICES = [
  'seal',
  'unseal',
  'derive',
  'evidence',
  'memory-allocate',
  'memory-grow',
  'memory-write',
  'memory-release',
  'channel-open',
  'channel-finish',
  'channel-call',
  'channel-close',
] as const;
/** Of labels, nonces and user data; their own limits are lower. */
const MAX_SMALL = 1024;

export function writeService(out: FrameWriter, request: ModuleServiceRequest): void {
  out.u8(SERVICES.indexOf(request.service));
  switch (request.service) {
    case 'seal':
    case 'unseal':
      out.block(request.data);
      out.block(request.aad);
      return;
    case 'derive':
      out.block(request.label);
      out.u32(request.length);
      return;
    case 'evidence':
      out.block(request.nonce);
      out.block(request.userData);
      return;
    case 'memory-allocate':
      out.u32(request.size);
      return;
    case 'memory-grow':
      out.u32(request.id);
      out.u32(request.size);
      return;
    case 'memory-write':
      out.u32(request.id);
      out.u32(request.offset);
      out.block(request.data);
      return;
    case 'memory-release':
    case 'channel-close':
      out.u32(request.id);
      return;
    case 'channel-open':
      out.block(request.data);
      return;
    case 'channel-finish':
    case 'channel-call':
      out.u32(request.id);
      out.block(request.data);
      return;
  }
}

export function readService(from: FrameReader): ModuleServiceRequest {
  const service = SERVICES[from.choice(SERVICES.length - 1)] as (typeof SERVICES)[number];
  switch (service) {
    case 'seal':
    case 'unseal':
      return { service, data: from.block(MAX_BLOCK_BYTES), aad: from.block(MAX_BLOCK_BYTES) };
    case 'derive':
      return { service, label: from.block(MAX_SMALL), length: from.u32() };
    case 'evidence':
      return { service, nonce: from.block(MAX_SMALL), userData: from.block(MAX_SMALL) };
    case 'memory-allocate':
      return { service, size: from.u32() };
    case 'memory-grow':
      return { service, id: from.u32(), size: from.u32() };
    case 'memory-write':
      return { service, id: from.u32(), offset: from.u32(), data: from.block(MAX_BLOCK_BYTES) };
    case 'memory-release':
    case 'channel-close':
      return { service, id: from.u32() };
    case 'channel-open':
      return { service, data: from.block(CHANNEL_LIMITS.message) };
    case 'channel-finish':
      return { service, id: from.u32(), data: from.block(CHANNEL_LIMITS.message) };
    case 'channel-call':
      return { service, id: from.u32(), data: from.block(MAX_BLOCK_BYTES) };
  }
}
