import { BrokenOrders, readOrderFile } from '../adapters/order-file.js';
import { readScenarios } from '../adapters/scenario-files.js';
import { assertPossibleWish, BASE_SCENARIO } from '../app/build-order.js';
import { BUILT_IN_SCENARIOS } from '../package-files.js';
import type { Scenario } from '../steering/scenario.js';

/** Counts what an orders file holds; of a broken one, prints the first mistakes and ends with exit code 1. */
export async function ordersCommand(file: string, scenarioDirectory: string | undefined): Promise<void> {
  const scenarios = readScenarios(BUILT_IN_SCENARIOS, scenarioDirectory);
  const base = scenarios.get(BASE_SCENARIO) as Scenario;
  try {
    const { count, itemCount } = await readOrderFile(file, scenarios, (wish) =>
      assertPossibleWish(wish, base),
    );
    process.stdout.write(`${count} orders, ${itemCount} items, no mistakes\n`);
  } catch (error) {
    if (!(error instanceof BrokenOrders)) throw error;
    for (const mistake of error.mistakes) process.stderr.write(`${mistake}\n`);
    process.exitCode = 1;
  }
}
