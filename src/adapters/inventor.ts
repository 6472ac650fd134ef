import type { Invention, Inventor } from '../app/order-wish.js';
import { money } from '../domain/money.js';
import { itemTypes } from '../domain/order.js';

/** Beyond this many items, those made up repeat. */
const ITEMS = 8;

/** Makes things up with faker, whose load is dear: it is loaded with the first order that needs it. */
export const fakerInventor: Inventor = async (seed) => {
  const { faker, products } = await import('./faker.js');

  const invented = () => {
    faker.seed([...seed]);
    const day = faker.date.between({ from: '2025-01-01T00:00:00Z', to: '2025-12-31T00:00:00Z' });
    const orderedAt = `${day.toISOString().slice(0, 19)}+09:00`;
    return {
      orderedAt,
      orderNo: `ORD${orderedAt.slice(0, 10).replaceAll('-', '')}${faker.string.numeric(8)}`,
      itemCount: faker.number.int({ min: 1, max: 4 }),
      items: Array.from({ length: ITEMS }, () => ({
        itemType: faker.helpers.arrayElement(itemTypes),
        itemId: `${faker.helpers.arrayElement(products).toUpperCase().replace(/\W/g, '')}-${faker.string.numeric(4)}`,
        quantity: BigInt(faker.number.int({ min: 1, max: 5 })),
        hundreds: faker.number.int({ min: 10, max: 999 }),
      })),
    };
  };
  // An order whose facts are all said needs nothing made up, and a seed costs more than all else about it.
  let known: ReturnType<typeof invented> | undefined;
  const facts = () => {
    known ??= invented();
    return known;
  };

  return {
    get orderNo() {
      return facts().orderNo;
    },
    get orderedAt() {
      return facts().orderedAt;
    },
    get itemCount() {
      return facts().itemCount;
    },
    item(position, exponent) {
      const { hundreds, ...made } = facts().items[position % ITEMS] as ReturnType<
        typeof invented
      >['items'][0];
      const amount = exponent === 0 ? money(`${hundreds}00`) : money(`${hundreds}e-${exponent}`);
      return { ...made, amount, taxAmount: amount.div(10n).round(exponent) };
    },
  } satisfies Invention;
};
