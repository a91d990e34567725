module.exports = { displayName: 'open-inference', preset: '../../jest.preset.cjs' };
