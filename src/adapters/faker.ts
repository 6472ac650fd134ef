import { Faker } from '@faker-js/faker';

/** The only words that are taken from faker's English locale: the locale is four fifths of what faker would add here. */
const product = [
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
];

/** Makes things up by a seed; with faker's whole English locale it would make up the same. */
export const faker = new Faker({
  locale: { commerce: { product_name: { adjective: [], pattern: [], material: [], product } } },
});
