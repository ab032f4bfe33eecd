import { expect, test } from 'vitest';
import { TagTexts } from './tag-texts.ts';

/** Whether two texts are one cannot be seen; what may be seen is that nothing else is ever given back. */
test('gives every value back as it is, however many there are of a tag', () => {
  const texts = new TagTexts();
  for (let round = 0; round < 3; round += 1) {
    for (let name = 0; name < 100; name += 1) {
      for (let value = 0; value < 40; value += 1) {
        expect(texts.share(`tag-${name}`, `value-${value}`)).toBe(`value-${value}`);
      }
    }
  }
});

test('tells apart what two tags have in common and what they have not', () => {
  const texts = new TagTexts();
  expect(texts.share('role', 'web')).toBe('web');
  expect(texts.share('dc', 'web')).toBe('web');
  expect(texts.share('role', '')).toBe('');
  expect(texts.share('role', 'x'.repeat(500))).toBe('x'.repeat(500));
  expect(texts.share('__proto__', 'web')).toBe('web');
});
