import { expect, test } from 'vitest';
import { TagTexts } from './tag-texts.ts';

/** A test cannot see whether two equal texts are one object, only that each value is returned unchanged. */
test('returns every value unchanged, however many values a tag has', () => {
  const texts = new TagTexts();
  for (let round = 0; round < 3; round += 1) {
    for (let name = 0; name < 100; name += 1) {
      for (let value = 0; value < 40; value += 1) {
        expect(texts.share(`tag-${name}`, `value-${value}`)).toBe(`value-${value}`);
      }
    }
  }
});

test('keeps the values of different tags apart', () => {
  const texts = new TagTexts();
  expect(texts.share('role', 'web')).toBe('web');
  expect(texts.share('dc', 'web')).toBe('web');
  expect(texts.share('role', '')).toBe('');
  expect(texts.share('role', 'x'.repeat(500))).toBe('x'.repeat(500));
  expect(texts.share('__proto__', 'web')).toBe('web');
});
