/**
 * Types of events.
 *
 * @standard TCG PC Client Platform Firmware Profile 1.06 §10.4.1, table of event types
 * @group Attestation
 */
export const EVENT_TYPES = {
  EV_PREBOOT_CERT: 0x0000_0000,
  EV_POST_CODE: 0x0000_0001,
  EV_NO_ACTION: 0x0000_0003,
  EV_SEPARATOR: 0x0000_0004,
  EV_ACTION: 0x0000_0005,
  EV_EVENT_TAG: 0x0000_0006,
  EV_S_CRTM_CONTENTS: 0x0000_0007,
  EV_S_CRTM_VERSION: 0x0000_0008,
  EV_CPU_MICROCODE: 0x0000_0009,
  EV_PLATFORM_CONFIG_FLAGS: 0x0000_000a,
  EV_TABLE_OF_DEVICES: 0x0000_000b,
  EV_COMPACT_HASH: 0x0000_000c,
  EV_IPL: 0x0000_000d,
  EV_IPL_PARTITION_DATA: 0x0000_000e,
  EV_NONHOST_CODE: 0x0000_000f,
  EV_NONHOST_CONFIG: 0x0000_0010,
  EV_NONHOST_INFO: 0x0000_0011,
  EV_OMIT_BOOT_DEVICE_EVENTS: 0x0000_0012,
  EV_EFI_VARIABLE_DRIVER_CONFIG: 0x8000_0001,
  EV_EFI_VARIABLE_BOOT: 0x8000_0002,
  EV_EFI_BOOT_SERVICES_APPLICATION: 0x8000_0003,
  EV_EFI_BOOT_SERVICES_DRIVER: 0x8000_0004,
  EV_EFI_RUNTIME_SERVICES_DRIVER: 0x8000_0005,
  EV_EFI_GPT_EVENT: 0x8000_0006,
  EV_EFI_ACTION: 0x8000_0007,
  EV_EFI_PLATFORM_FIRMWARE_BLOB: 0x8000_0008,
  EV_EFI_HANDOFF_TABLES: 0x8000_0009,
  EV_EFI_PLATFORM_FIRMWARE_BLOB2: 0x8000_000a,
  EV_EFI_HANDOFF_TABLES2: 0x8000_000b,
  EV_EFI_VARIABLE_BOOT2: 0x8000_000c,
  EV_EFI_GPT_EVENT2: 0x8000_000d,
  EV_EFI_HCRTM_EVENT: 0x8000_0010,
  EV_EFI_VARIABLE_AUTHORITY: 0x8000_00e0,
} as const;

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EVENT_TYPES).map(([name, type]) => [type, name]),
);

/** `EV_SEPARATOR`; the number in hex where the profile has no name for it. @internal */
export const eventTypeName = (type: number): string =>
  NAMES.get(type) ?? `0x${type.toString(16).padStart(8, '0')}`;

/**
 * Where the digests of an event type come from: `data` and `value` are demanded; `text` is looked for
 * and may be missing; the rest is of something outside the log.
 *
 * @internal
 */
export type DigestSource = 'data' | 'value' | 'text';

const SOURCES: ReadonlyMap<number, DigestSource> = new Map<number, DigestSource>([
  [EVENT_TYPES.EV_SEPARATOR, 'data'],
  [EVENT_TYPES.EV_ACTION, 'data'],
  [EVENT_TYPES.EV_S_CRTM_VERSION, 'data'],
  [EVENT_TYPES.EV_EFI_VARIABLE_DRIVER_CONFIG, 'data'],
  [EVENT_TYPES.EV_EFI_VARIABLE_BOOT2, 'data'],
  [EVENT_TYPES.EV_EFI_GPT_EVENT, 'data'],
  [EVENT_TYPES.EV_EFI_ACTION, 'data'],
  // Firmware before EV_EFI_VARIABLE_BOOT2 measures the value only; shim does so for authorities.
  [EVENT_TYPES.EV_EFI_VARIABLE_BOOT, 'value'],
  [EVENT_TYPES.EV_EFI_VARIABLE_AUTHORITY, 'value'],
  // Whatever the boot loader puts there: command lines often hashed as they are, commands rarely.
  [EVENT_TYPES.EV_IPL, 'text'],
  [EVENT_TYPES.EV_EVENT_TAG, 'text'],
  [EVENT_TYPES.EV_S_CRTM_CONTENTS, 'text'],
  [EVENT_TYPES.EV_PLATFORM_CONFIG_FLAGS, 'text'],
  [EVENT_TYPES.EV_TABLE_OF_DEVICES, 'text'],
  [EVENT_TYPES.EV_OMIT_BOOT_DEVICE_EVENTS, 'text'],
  [EVENT_TYPES.EV_EFI_GPT_EVENT2, 'text'],
]);

/** @internal */
export const digestSource = (type: number): DigestSource | undefined => SOURCES.get(type);
