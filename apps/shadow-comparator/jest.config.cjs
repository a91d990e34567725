module.exports = { displayName: 'shadow-comparator', preset: '../../jest.preset.cjs' };
