module.exports = { displayName: 'example-recommender', preset: '../../jest.preset.cjs' };
