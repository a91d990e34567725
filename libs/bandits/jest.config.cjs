module.exports = { displayName: 'bandits', preset: '../../jest.preset.cjs' };
