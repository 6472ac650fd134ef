/** An access key and when it ends. */
export interface AccessKey {
  readonly key: string;
  /** Nanoseconds since the epoch. */
  readonly expiresAt: bigint;
}

/** A store as the platform knows it. Access keys are issued per store and channel. */
export interface Store {
  readonly storeId: string;
  readonly division: string;
  readonly channels: readonly string[];
  /** Never sent, never shown. */
  readonly hashKey: string;
  readonly accessKeys: readonly AccessKey[];
}

/** The store that is always there, published so that nothing must be set up. */
export const sandboxStore: Store = {
  storeId: 'SANDBOX',
  division: 'SBX',
  channels: ['SBX'],
  hashKey: 'sandbox-hash-key',
  accessKeys: [
    // 2100-01-01 and 2025-01-01.
    { key: 'sandbox-access-key', expiresAt: 4102444800_000_000_000n },
    { key: 'sandbox-expired-key', expiresAt: 1735689600_000_000_000n },
  ],
};

/** The store of an access key, and the key. */
export function storeOf(
  stores: readonly Store[],
  accessKey: string,
): { store: Store; key: AccessKey } | undefined {
  for (const store of stores) {
    const key = store.accessKeys.find(({ key }) => key === accessKey);
    if (key) return { store, key };
  }
  return undefined;
}

/** Every access key and hash key of the stores, and the control token: nothing that is shown may hold one. */
export const secretsOf = (stores: readonly Store[], token?: string | undefined): readonly string[] => [
  ...stores.flatMap(({ hashKey, accessKeys }) => [hashKey, ...accessKeys.map(({ key }) => key)]),
  ...(token === undefined ? [] : [token]),
];
