import { SimpleFaker } from '@faker-js/faker';

/**
 * Makes things up by a seed. It has no locale, which would be most of what faker adds to the package: the one list of
 * words that is needed stands below.
 */
export const faker = new SimpleFaker();

/** The products of faker's English locale, in its order: a seed makes up the same as with that locale. */
export const products = [
  'Bacon',
  'Ball',
  'Bike',
  'Car',
  'Chair',
  'Cheese',
  'Chicken',
  'Chips',
  'Computer',
  'Fish',
  'Gloves',
  'Hat',
  'Keyboard',
  'Mouse',
  'Pants',
  'Pizza',
  'Salad',
  'Sausages',
  'Shirt',
  'Shoes',
  'Soap',
  'Table',
  'Towels',
  'Tuna',
] as const;
