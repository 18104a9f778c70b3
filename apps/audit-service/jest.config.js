export { replacingWorkers as default } from '../../jest.preset.js';
