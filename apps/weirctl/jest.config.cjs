module.exports = { displayName: 'bandit-allocator', preset: '../../jest.preset.cjs' };
