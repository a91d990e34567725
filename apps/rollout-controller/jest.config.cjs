module.exports = { displayName: 'rollout-controller', preset: '../../jest.preset.cjs' };
