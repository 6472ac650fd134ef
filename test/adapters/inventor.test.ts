import { faker as whole } from '@faker-js/faker/locale/en';
import { expect, test } from 'vitest';
import { faker, products } from '../../src/adapters/faker.js';

test('the products are those of the locale', () => {
  expect(products).toEqual(whole.definitions.commerce.product_name.product);
  whole.seed([1, 2]);
  faker.seed([1, 2]);
  expect(faker.helpers.arrayElement(products)).toBe(whole.commerce.product());
  expect(faker.string.numeric(4)).toBe(whole.string.numeric(4));
});
