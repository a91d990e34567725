import { grown } from './memory';

it('sets the last quarter of what was held against the second', () => {
  expect(grown([900, 900, 100, 100, 110, 110, 120, 120])).toEqual({ mostMb: 900, laterOverEarlier: 1.2 });
});
