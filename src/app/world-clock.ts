import type { Clock, ClockSetting } from './ports.js';

/** No clock shows this or more: until then every time zone writes a year with four digits. 9000-01-01T00:00:00Z. */
export const END_OF_TIME = 221_845_392_000_000_000_000n;

/** The clock of one world: the real one, until somebody sets or freezes it. */
export class WorldClock implements Clock {
  readonly #real: Clock;
  #setting: ClockSetting = { offset: 0n };

  constructor(real: Clock) {
    this.#real = real;
  }

  now(): bigint {
    const { frozenAt, offset } = this.#setting;
    return frozenAt ?? (offset === 0n ? this.#real.now() : this.#real.now() + offset);
  }

  get isFrozen(): boolean {
    return this.#setting.frozenAt !== undefined;
  }

  /** Follows a setting from now on. */
  follow(setting: ClockSetting): void {
    this.#setting = setting;
  }

  /** The setting by which this clock would show `now`, frozen or running. */
  settingAt(now: bigint, isFrozen: boolean): ClockSetting {
    return isFrozen ? { offset: 0n, frozenAt: now } : { offset: now - this.#real.now() };
  }
}
