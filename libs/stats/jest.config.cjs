module.exports = { displayName: 'stats', preset: '../../jest.preset.cjs' };
